import type { SourceTree, TreeNode } from "@/api/documents";
import type { SyncRun } from "@/api/projects";

type Warning = SyncRun["warnings"][number];

/** The warnings that hold every one of the words, in path or message. */
export function matching(warnings: readonly Warning[], words: string): Warning[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return warnings.filter((warning) => {
    const text = `${warning.path} ${warning.message}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** The paths of all documents of one source. */
export function pathsOf(sources: readonly SourceTree[], sourceId: number): Set<string> {
  const paths = new Set<string>();
  const collect = (node: TreeNode) => {
    if (node.type === "folder") node.children.forEach(collect);
    else paths.add(node.path);
  };
  for (const source of sources) if (source.source_id === sourceId) source.tree.forEach(collect);
  return paths;
}
