import { expect, test } from "vitest";
import { moved } from "@/shell/paletteKeys";

const letters = [..."abcdefghijklmnopqrst"];

test.each([
  ["ArrowDown", "a", "b"],
  ["ArrowDown", "t", "a"],
  ["ArrowUp", "b", "a"],
  ["ArrowUp", "a", "t"],
  ["Home", "f", "a"],
  ["End", "f", "t"],
  ["PageDown", "a", "i"],
  ["PageDown", "s", "t"],
  ["PageUp", "t", "l"],
  ["PageUp", "c", "a"],
  ["x", "c", undefined],
])("%s from %s leads to %s", (key, from, to) => {
  expect(moved(key, letters, from)).toBe(to);
});

test("in an empty list nothing moves", () => {
  for (const key of ["ArrowDown", "ArrowUp", "Home", "End", "PageDown", "PageUp"]) {
    expect(moved(key, [], undefined)).toBeUndefined();
  }
});
