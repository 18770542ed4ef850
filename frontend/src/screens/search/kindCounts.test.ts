import { expect, test } from "vitest";
import type { Kind, SourceTree, TreeNode } from "@/api/documents";
import { countKinds } from "@/screens/search/kindCounts";
import { type Filters, NO_FILTERS } from "@/screens/search/searchFilters";

const ANY: Filters = { ...NO_FILTERS, query: "logs" };

function file(path: string, kind: Kind): TreeNode {
  const name = path.split("/").at(-1) ?? path;
  return { type: "file", name, path, kind, document_id: 1, file_type: "md", size_bytes: 1, status: null };
}

const stories = [file("docs/stories/1.md", "story"), file("docs/stories/2.md", "story")];
const docs: TreeNode[] = [
  { type: "folder", name: "stories", path: "docs/stories", children: stories },
  file("docs/prd.md", "prd"),
];
const SOURCES: SourceTree[] = [
  {
    source_id: 1,
    name: "one",
    commit_sha: null,
    tree: [{ type: "folder", name: "docs", path: "docs", children: docs }],
  },
  { source_id: 2, name: "two", commit_sha: null, tree: [file("story.md", "story"), file(".bmad/a.md", "framework")] },
];

const counted = (changes: Partial<Filters>) =>
  Object.fromEntries(countKinds(SOURCES, { ...ANY, ...changes }).map(({ kind, count }) => [kind, count]));

test.each<[Partial<Filters>, Partial<Record<Kind, number>>]>([
  [{}, { prd: 1, story: 3 }],
  [{ includesFramework: true }, { prd: 1, story: 3, framework: 1 }],
  [{ sourceId: 2 }, { story: 1 }],
  [{ pathPrefix: " docs/sto" }, { story: 2 }],
  [{ pathPrefix: "nowhere", kinds: ["ux"] }, { ux: 0 }],
])("kinds are counted where one searches: %o", (changes, expected) => {
  expect(counted(changes)).toEqual(expected);
});

test("they come in the usual order", () => {
  expect(countKinds(SOURCES, ANY).map(({ kind }) => kind)).toEqual(["prd", "story"]);
});
