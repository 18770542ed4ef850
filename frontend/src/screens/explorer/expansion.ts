import { useCallback, useEffect, useState } from "react";
import type { SourceTree, TreeNode } from "@/api/documents";
import { keysAround, rowKey } from "@/screens/explorer/treeRows";

const storageKey = (projectId: number) => `bmadflow.tree.${projectId}`;

/** What is expanded before anybody expands anything: sources, and folders that are alone. */
export function expandedAtFirst(sources: readonly SourceTree[]): Set<string> {
  const keys = new Set<string>();
  for (const source of sources) {
    keys.add(rowKey(source.source_id, ""));
    let nodes: readonly TreeNode[] = source.tree;
    for (let only = nodes[0]; nodes.length === 1 && only?.type === "folder"; only = nodes[0]) {
      keys.add(rowKey(source.source_id, only.path));
      nodes = only.children;
    }
  }
  return keys;
}

interface Expansion {
  expanded: ReadonlySet<string>;
  setExpanded: (key: string, isExpanded: boolean) => void;
}

/** Which folders of a project's tree are expanded, kept for the session; the current document is always made visible. */
export function useExpansion(
  projectId: number,
  sources: readonly SourceTree[],
  current: { sourceId: number; path: string } | null,
): Expansion {
  const [expanded, setExpandedKeys] = useState<ReadonlySet<string>>(
    () => stored(projectId) ?? expandedAtFirst(sources),
  );
  useEffect(() => store(projectId, expanded), [projectId, expanded]);
  const sourceId = current?.sourceId;
  const path = current?.path;
  useEffect(() => {
    if (sourceId === undefined || path === undefined) return;
    setExpandedKeys((keys) => {
      const around = keysAround(sourceId, path);
      return around.every((key) => keys.has(key)) ? keys : new Set([...keys, ...around]);
    });
  }, [sourceId, path]);
  const setExpanded = useCallback((key: string, isExpanded: boolean) => {
    setExpandedKeys((keys) => {
      const next = new Set(keys);
      if (isExpanded) next.add(key);
      else next.delete(key);
      return next;
    });
  }, []);
  return { expanded, setExpanded };
}

function stored(projectId: number): Set<string> | null {
  try {
    const keys = JSON.parse(sessionStorage.getItem(storageKey(projectId)) ?? "null") as unknown;
    return Array.isArray(keys) ? new Set(keys.filter((key) => typeof key === "string")) : null;
  } catch {
    return null;
  }
}

function store(projectId: number, expanded: ReadonlySet<string>): void {
  try {
    sessionStorage.setItem(storageKey(projectId), JSON.stringify([...expanded]));
  } catch {
    // Without storage the tree begins anew with the next page.
  }
}
