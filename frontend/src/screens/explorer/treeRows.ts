import type { FileNode, SourceTree, TreeNode } from "@/api/documents";

/** A row of the tree as it stands on the screen. `key` names what can be expanded; it is the same after a sync. */
export interface TreeRow {
  key: string;
  name: string;
  level: number;
  sourceId: number;
  path: string;
  /** Null for folders and sources. */
  file: FileNode | null;
  isExpanded: boolean;
  position: number;
  siblings: number;
}

export interface TreeFile {
  sourceId: number;
  path: string;
  node: FileNode;
}

export const rowKey = (sourceId: number, path: string) => `${sourceId}:${path}`;

const byName = new Intl.Collator("en", { numeric: true });

/** The sources with their folders first and their names as people count: story 1-2 before 1-10. */
export function inReadingOrder(sources: readonly SourceTree[]): SourceTree[] {
  return sources.map((source) => ({ ...source, tree: sorted(source.tree) }));
}

function sorted(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes
    .map((node) => (node.type === "folder" ? { ...node, children: sorted(node.children) } : node))
    .sort((a, b) => Number(a.type === "file") - Number(b.type === "file") || byName.compare(a.name, b.name));
}

/** The rows to show: sources are roots, but a single one needs no row of its own. */
export function flatten(sources: readonly SourceTree[], expanded: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const only = sources.length === 1 ? sources[0] : undefined;
  if (only) addNodes(rows, only.tree, only.source_id, 1, expanded);
  else sources.forEach((source, index) => void addSource(rows, source, index, sources.length, expanded));
  return rows;
}

function addSource(rows: TreeRow[], source: SourceTree, index: number, count: number, expanded: ReadonlySet<string>) {
  const key = rowKey(source.source_id, "");
  const isExpanded = expanded.has(key);
  const place = { level: 1, position: index + 1, siblings: count };
  rows.push({ key, name: source.name, sourceId: source.source_id, path: "", file: null, isExpanded, ...place });
  if (isExpanded) addNodes(rows, source.tree, source.source_id, 2, expanded);
}

function addNodes(
  rows: TreeRow[],
  nodes: readonly TreeNode[],
  sourceId: number,
  level: number,
  expanded: ReadonlySet<string>,
): void {
  nodes.forEach((node, index) => {
    const key = rowKey(sourceId, node.path);
    const isFolder = node.type === "folder";
    const isExpanded = isFolder && expanded.has(key);
    const place = { level, position: index + 1, siblings: nodes.length };
    const file = isFolder ? null : node;
    rows.push({ key, name: node.name, sourceId, path: node.path, file, isExpanded, ...place });
    if (isFolder && isExpanded) addNodes(rows, node.children, sourceId, level + 1, expanded);
  });
}

/** All files in the order in which a wholly expanded tree shows them. */
export function listFiles(sources: readonly SourceTree[]): TreeFile[] {
  const files: TreeFile[] = [];
  const add = (nodes: readonly TreeNode[], sourceId: number) => {
    for (const node of nodes) {
      if (node.type === "folder") add(node.children, sourceId);
      else files.push({ sourceId, path: node.path, node });
    }
  };
  for (const source of sources) add(source.tree, source.source_id);
  return files;
}

/** The keys of all that lies around a path: what has to be expanded for it to be seen. */
export function keysAround(sourceId: number, path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => rowKey(sourceId, parts.slice(0, index).join("/")));
}

/** What a folder holds; null where there is no such folder. The source's root has the path "". */
export function folderAt(source: SourceTree, path: string): readonly TreeNode[] | null {
  let nodes: readonly TreeNode[] = source.tree;
  for (const part of path.split("/").filter(Boolean)) {
    const next = nodes.find((node) => node.name === part);
    if (next?.type !== "folder") return null;
    nodes = next.children;
  }
  return nodes;
}

/** The file that introduces a folder: its README, else its index. */
export function introductionOf(nodes: readonly TreeNode[]): FileNode | null {
  const files = nodes.filter((node) => node.type === "file");
  const named = (name: string) =>
    files.find((node) => node.name.toLowerCase().replace(/\.(md|markdown)$/, "") === name);
  return named("readme") ?? named("index") ?? null;
}

/** The next row, from `from` on and around the end, whose name begins with what was typed. */
export function typeAhead(rows: readonly TreeRow[], from: number, typed: string): number {
  const wanted = typed.toLowerCase();
  for (let step = 0; step < rows.length; step++) {
    const index = (from + step) % rows.length;
    if (rows[index]?.name.toLowerCase().startsWith(wanted)) return index;
  }
  return -1;
}

/** The row of the folder around the row at `index`, or -1. */
export function parentIndex(rows: readonly TreeRow[], index: number): number {
  const level = rows[index]?.level ?? 1;
  for (let at = index - 1; at >= 0; at--) if ((rows[at]?.level ?? 1) < level) return at;
  return -1;
}
