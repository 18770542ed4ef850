import { beforeEach, expect, test } from "vitest";
import { noteDocument, recentDocuments } from "@/shell/recentDocuments";

const opened = (path: string, title = path) => ({ sourceId: 1, path, title });
const paths = (projectId: number) => recentDocuments(projectId).map((each) => each.path);

beforeEach(() => localStorage.clear());

test("the document opened last comes first, and each only once", () => {
  for (const path of ["a.md", "b.md", "a.md"]) noteDocument(1, opened(path));
  expect(paths(1)).toEqual(["a.md", "b.md"]);
  expect(paths(2)).toEqual([]);
});

test("eight are kept", () => {
  for (let number = 1; number <= 10; number++) noteDocument(1, opened(`${number}.md`));
  expect(paths(1)).toEqual(["10.md", "9.md", "8.md", "7.md", "6.md", "5.md", "4.md", "3.md"]);
});

test("the title is the newest", () => {
  noteDocument(1, opened("a.md", "Requirements"));
  noteDocument(1, opened("a.md", "Product requirements"));
  expect(recentDocuments(1)).toEqual([opened("a.md", "Product requirements")]);
});

test("what something else stored is left out", () => {
  localStorage.setItem(
    "bmadflow.recent.1",
    JSON.stringify([{ path: 7 }, null, { sourceId: 1, path: "b.md", title: null }, opened("a.md")]),
  );
  localStorage.setItem("bmadflow.recent.2", "{");
  expect(paths(1)).toEqual(["a.md"]);
  expect(paths(2)).toEqual([]);
});
