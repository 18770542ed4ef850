import { afterEach, expect, test, vi } from "vitest";
import { dismissGuide, isGuideDismissed } from "@/screens/dashboard/guideDismissal";

afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

test("a guide that was put away stays away", () => {
  expect(isGuideDismissed()).toBe(false);
  dismissGuide();
  expect(isGuideDismissed()).toBe(true);
});

test("a browser that blocks storage shows the guide, and lets it be put away", () => {
  const refuse = () => {
    throw new DOMException("The operation is insecure.", "SecurityError");
  };
  vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse, clear: () => undefined });
  expect(isGuideDismissed()).toBe(false);
  expect(dismissGuide).not.toThrow();
});
