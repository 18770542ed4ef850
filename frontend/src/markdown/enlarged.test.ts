import { expect, test } from "vitest";
import { showEnlarged, zoomedBy } from "@/markdown/enlarged";

test("zoom goes by steps and stays within its bounds", () => {
  expect(zoomedBy(1, 1)).toBe(1.25);
  expect(zoomedBy(zoomedBy(2, 1), -1)).toBe(2);
  expect([zoomedBy(1, -50), zoomedBy(1, 50)]).toEqual([0.25, 8]);
});

test("the window closes when its document is left", () => {
  const controller = new AbortController();
  const labels = { close: "Close", zoomIn: "Zoom in", zoomOut: "Zoom out" };
  showEnlarged(document.createElement("img"), labels, controller.signal);
  expect(document.querySelector("dialog")?.open).toBe(true);
  controller.abort();
  expect(document.querySelector("dialog")).toBeNull();
});
