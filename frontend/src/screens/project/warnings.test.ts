import { expect, test } from "vitest";
import type { FileNode } from "@/api/documents";
import { matching, pathsOf } from "@/screens/project/warnings";

const warnings = [
  { path: "docs/prd.md", message: "Not valid UTF-8." },
  { path: "web/tsconfig.json", message: "Not valid JSON." },
];

test("every word must be in path or message, in any order and case", () => {
  expect(matching(warnings, "")).toEqual(warnings);
  expect(matching(warnings, "  json WEB ")).toEqual([warnings[1]]);
  expect(matching(warnings, "docs json")).toEqual([]);
});

function file(path: string): FileNode {
  return { type: "file", name: path, path, document_id: 1, file_type: "md", size_bytes: 1, kind: "doc", status: null };
}

test("paths come from all folders, of that source alone", () => {
  const folder = { type: "folder" as const, name: "docs", path: "docs", children: [file("docs/a.md")] };
  const sources = [
    { source_id: 1, name: "one", commit_sha: null, tree: [folder, file("b.md")] },
    { source_id: 2, name: "two", commit_sha: null, tree: [file("c.md")] },
  ];
  expect([...pathsOf(sources, 1)]).toEqual(["docs/a.md", "b.md"]);
});
