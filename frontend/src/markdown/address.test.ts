import { expect, test } from "vitest";
import { encodePath, hasScheme, parseLines, resolvePath } from "@/markdown/address";

test.each([
  ["docs/a.md", "b.md", "docs/b.md"],
  ["docs/a.md", "./images/x%20y.png?raw=1#z", "docs/images/x y.png"],
  ["docs/deep/a.md", "../b.md", "docs/b.md"],
  ["docs/a.md", "/root.md", "root.md"],
  ["a.md", "../up.md", null],
  ["docs/a.md", "100%.md", "docs/100%.md"],
])("%s refers to %s: %s", (base, reference, expected) => {
  expect(resolvePath(base, reference)).toBe(expected);
});

test("a path's parts are encoded, its slashes are not", () => {
  expect(encodePath("docs/a b#c?.md")).toBe("docs/a%20b%23c%3F.md");
});

test("only what leaves the hub has a scheme", () => {
  expect(["https://a.b", "mailto:x@y", "//host/x"].map(hasScheme)).toEqual([true, true, true]);
  expect(["a.md", "notes.md:12", "#x", "/root.md"].map(hasScheme)).toEqual([false, false, false, false]);
});

test("lines are one number or two in order", () => {
  expect(parseLines("12-18")).toEqual([12, 18]);
  expect(parseLines("7")).toEqual([7, 7]);
  for (const wrong of ["", "0", "9-3", "1-", "a", undefined]) expect(parseLines(wrong)).toBeUndefined();
});
