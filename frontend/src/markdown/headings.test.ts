import { expect, test } from "vitest";
import { createLevels, ownsTitle } from "@/markdown/headings";

function levels(mayOwnTitle: boolean, ...written: number[]): number[] {
  const levelOf = createLevels(mayOwnTitle);
  return written.map((level) => levelOf(document.createElement(`h${level}`)));
}

test("there is one first level, and none is skipped", () => {
  expect(levels(true, 1, 2, 3, 5, 2, 1, 2)).toEqual([1, 2, 3, 4, 2, 2, 2]);
  expect(levels(true, 3, 2, 1, 4)).toEqual([2, 2, 1, 2]);
});

test("where the page has its title already the document has none of the first level", () => {
  expect(levels(false, 1, 2, 1)).toEqual([2, 2, 2]);
});

test("only Markdown with a first-level heading brings its own title", () => {
  expect(ownsTitle({ file_type: "md", toc: [{ level: 2 }, { level: 1 }] })).toBe(true);
  expect(ownsTitle({ file_type: "md", toc: [{ level: 2 }] })).toBe(false);
  expect(ownsTitle({ file_type: "yaml", toc: [{ level: 1 }] })).toBe(false);
});
