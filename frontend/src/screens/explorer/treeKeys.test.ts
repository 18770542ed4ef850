import { expect, test } from "vitest";
import type { TreeNode } from "@/api/documents";
import { treeAction } from "@/screens/explorer/treeKeys";
import { flatten } from "@/screens/explorer/treeRows";

function file(path: string): TreeNode {
  return { type: "file", name: path, path, document_id: 1, file_type: "md", size_bytes: 1, kind: "doc", status: null };
}

const tree: TreeNode[] = [{ type: "folder", name: "docs", path: "docs", children: [file("docs/a.md")] }, file("z.md")];
const sources = [{ source_id: 1, name: "s", commit_sha: null, tree }];
const open = flatten(sources, new Set(["1:docs"]));
const closed = flatten(sources, new Set());

test("arrows go up and down, and stop at the ends", () => {
  expect(treeAction("ArrowDown", open, 0)).toEqual({ type: "move", index: 1 });
  expect(treeAction("ArrowDown", open, 2)).toEqual({ type: "move", index: 2 });
  expect(treeAction("ArrowUp", open, 0)).toEqual({ type: "move", index: 0 });
  expect(treeAction("End", open, 0)).toEqual({ type: "move", index: 2 });
  expect(treeAction("Home", open, 2)).toEqual({ type: "move", index: 0 });
});

test("right opens a folder, then goes into it; left goes out of it, then closes it", () => {
  expect(treeAction("ArrowRight", closed, 0)).toEqual({ type: "expand", key: "1:docs", isExpanded: true });
  expect(treeAction("ArrowRight", open, 0)).toEqual({ type: "move", index: 1 });
  expect(treeAction("ArrowLeft", open, 1)).toEqual({ type: "move", index: 0 });
  expect(treeAction("ArrowLeft", open, 0)).toEqual({ type: "expand", key: "1:docs", isExpanded: false });
  expect(treeAction("ArrowLeft", closed, 0)).toBeNull();
  expect(treeAction("ArrowRight", open, 2)).toBeNull();
});

test("enter acts on the row, other keys mean nothing", () => {
  expect(treeAction("Enter", open, 2)).toEqual({ type: "act", row: open[2] });
  expect(treeAction("x", open, 0)).toBeNull();
  expect(treeAction("Enter", [], 0)).toBeNull();
});
