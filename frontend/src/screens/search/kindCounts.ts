import type { Kind, SourceTree } from "@/api/documents";
import { listFiles } from "@/screens/explorer/treeRows";
import { type Filters, KINDS } from "@/screens/search/searchFilters";

export interface KindCount {
  kind: Kind;
  /** Null where it isn't known. */
  count: number | null;
}

/** The kinds of document where one searches, with how many there are; those that are chosen stay, even with none. */
export function countKinds(
  sources: readonly SourceTree[],
  { sourceId, pathPrefix, includesFramework, kinds }: Filters,
): KindCount[] {
  const counts = new Map<Kind, number>();
  for (const { sourceId: source, path, node } of listFiles(sources)) {
    if (sourceId !== null && source !== sourceId) continue;
    if (!path.startsWith(pathPrefix.trim())) continue;
    counts.set(node.kind, (counts.get(node.kind) ?? 0) + 1);
  }
  if (!includesFramework) counts.delete("framework");
  return KINDS.map((kind) => ({ kind, count: counts.get(kind) ?? 0 })).filter(
    ({ kind, count }) => count > 0 || kinds.includes(kind),
  );
}

/** Every kind, where nobody counted. */
export const UNCOUNTED_KINDS: readonly KindCount[] = KINDS.map((kind) => ({ kind, count: null }));
