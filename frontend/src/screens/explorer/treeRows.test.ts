import { expect, test } from "vitest";
import type { SourceTree, TreeNode } from "@/api/documents";
import {
  flatten,
  folderAt,
  inReadingOrder,
  introductionOf,
  keysAround,
  listFiles,
  parentIndex,
  typeAhead,
} from "@/screens/explorer/treeRows";

function file(path: string): TreeNode {
  const name = path.split("/").at(-1) ?? "";
  return {
    type: "file",
    name,
    path,
    document_id: path.length,
    file_type: "md",
    size_bytes: 1,
    kind: "doc",
    status: null,
  };
}

function folder(path: string, children: TreeNode[]): TreeNode {
  return { type: "folder", name: path.split("/").at(-1) ?? "", path, children };
}

const TREE = [folder("docs", [folder("docs/adr", [file("docs/adr/1.md")]), file("docs/README.md")]), file("prd.md")];
const source = (source_id: number): SourceTree => ({
  source_id,
  name: `source ${source_id}`,
  commit_sha: null,
  tree: TREE,
});

test("one source is shown without a row of its own", () => {
  const rows = flatten([source(1)], new Set());
  expect(rows.map(({ name, level, position, siblings }) => [name, level, position, siblings])).toEqual([
    ["docs", 1, 1, 2],
    ["prd.md", 1, 2, 2],
  ]);
});

test("several sources are roots, and only what is expanded is shown", () => {
  const rows = flatten([source(1), source(2)], new Set(["2:", "2:docs"]));
  expect(rows.map(({ name, level }) => `${level} ${name}`)).toEqual([
    "1 source 1",
    "1 source 2",
    "2 docs",
    "3 adr",
    "3 README.md",
    "2 prd.md",
  ]);
});

test("files come in the tree's order", () => {
  expect(listFiles([source(1)]).map(({ path }) => path)).toEqual(["docs/adr/1.md", "docs/README.md", "prd.md"]);
});

test("names are ordered as people count, folders first, whatever the server's order", () => {
  const stories = folder("s", [file("s/1-1-a.md"), file("s/1-10-b.md"), file("s/1-2-c.md"), folder("s/z", [])]);
  const [ordered] = inReadingOrder([{ ...source(1), tree: [file("Beta.md"), file("alpha.md"), stories] }]);
  expect(ordered?.tree.map(({ name }) => name)).toEqual(["s", "alpha.md", "Beta.md"]);
  const paths = listFiles(ordered ? [ordered] : []).map(({ path }) => path);
  expect(paths).toEqual(["s/1-1-a.md", "s/1-2-c.md", "s/1-10-b.md", "alpha.md", "Beta.md"]);
});

test("to see a file, its source and all its folders are expanded", () => {
  expect(keysAround(1, "docs/adr/1.md")).toEqual(["1:", "1:docs", "1:docs/adr"]);
});

test("folders are found by path, and introduced by their README", () => {
  expect(folderAt(source(1), "docs")?.map(({ name }) => name)).toEqual(["adr", "README.md"]);
  expect(folderAt(source(1), "prd.md")).toBeNull();
  expect(folderAt(source(1), "docs/nothing")).toBeNull();
  expect(introductionOf(folderAt(source(1), "docs") ?? [])?.path).toBe("docs/README.md");
  expect(introductionOf(folderAt(source(1), "") ?? [])).toBeNull();
});

test("typing finds the next row of that name, around the end too", () => {
  const rows = flatten([source(1)], new Set(["1:docs"]));
  expect(typeAhead(rows, 0, "pr")).toBe(3);
  expect(typeAhead(rows, 3, "re")).toBe(2);
  expect(typeAhead(rows, 0, "zzz")).toBe(-1);
});

test("the folder around a row is the nearest row above on a lower level", () => {
  const rows = flatten([source(1)], new Set(["1:docs"]));
  expect([0, 1, 2, 3].map((index) => parentIndex(rows, index))).toEqual([-1, 0, 0, -1]);
});
