import { expect, test } from "vitest";
import type { SourceTree, TreeNode } from "@/api/documents";
import { expandedAtFirst } from "@/screens/explorer/expansion";

function folder(path: string, children: TreeNode[]): TreeNode {
  return { type: "folder", name: path, path, children };
}

const source = (source_id: number, tree: TreeNode[]): SourceTree => ({ source_id, name: "s", commit_sha: null, tree });

test("sources and folders that are alone are expanded at first", () => {
  const alone = source(1, [folder("docs", [folder("docs/a", []), folder("docs/b", [])])]);
  const several = source(2, [folder("x", []), folder("y", [])]);
  expect([...expandedAtFirst([alone, several])]).toEqual(["1:", "1:docs", "2:"]);
});
