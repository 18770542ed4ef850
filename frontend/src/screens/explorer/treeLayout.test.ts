import { afterEach, expect, test } from "vitest";
import { NARROWEST, readLayout, USUAL, WIDEST, widthAfter, withinBounds } from "@/screens/explorer/treeLayout";

afterEach(() => localStorage.clear());

test.each([
  ["nothing", null, USUAL],
  ["no JSON", "{", USUAL],
  ["null", "null", USUAL],
  ["wrong types", '{"width":"300","isShown":1}', USUAL],
  ["too wide", '{"width":9000,"isShown":false}', { width: WIDEST, isShown: false }],
  ["a choice", '{"width":320}', { width: 320, isShown: true }],
])("stored layout: %s", (_, stored, expected) => {
  if (stored !== null) localStorage.setItem("bmadflow.treeLayout", stored);
  expect(readLayout()).toEqual(expected);
});

test("widths stay within their bounds and are whole pixels", () => {
  expect([10, 300.4, 9000].map(withinBounds)).toEqual([NARROWEST, 300, WIDEST]);
});

test("the divider's keys", () => {
  expect(widthAfter("ArrowRight", 288)).toBe(304);
  expect(widthAfter("ArrowLeft", 204)).toBe(NARROWEST);
  expect([widthAfter("Home", 300), widthAfter("End", 300)]).toEqual([NARROWEST, WIDEST]);
  expect(widthAfter("Tab", 300)).toBeNull();
});
