import { expect, test } from "vitest";
import { zoomedBy } from "@/markdown/enlarged";

test("zoom goes by steps and stays within its bounds", () => {
  expect(zoomedBy(1, 1)).toBe(1.25);
  expect(zoomedBy(zoomedBy(2, 1), -1)).toBe(2);
  expect([zoomedBy(1, -50), zoomedBy(1, 50)]).toEqual([0.25, 8]);
});
