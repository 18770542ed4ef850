import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { type DocumentContent, type TreeNode, treeQuery } from "@/api/documents";
import { sourcesQuery } from "@/api/projects";
import type { AddressOf } from "@/markdown/prepare";
import { filePage } from "@/markdown/repositoryHost";
import { toDocument } from "@/shell/links";

type Referring = Pick<DocumentContent, "project_id" | "source_id" | "path" | "commit_sha">;

/** A function that gives the address of what a document refers to. */
export function usePlaces(document: Referring): AddressOf {
  const { project_id: projectId, source_id: sourceId, path, commit_sha: commit } = document;
  const { data: tree } = useQuery(treeQuery(projectId));
  const { data: sources } = useQuery(sourcesQuery(projectId));
  const router = useRouter();
  return useMemo(() => {
    const places = tree && placesById(tree.sources);
    const repository = sources && (sources.find((source) => source.id === sourceId)?.repo_url ?? "");
    const addressOf = (place: { sourceId: number; path: string; anchor?: string | null }) =>
      router.buildLocation(toDocument({ projectId, ...place })).href;
    return (reference) => {
      switch (reference.type) {
        case "anchor":
          return addressOf({ sourceId, path, anchor: reference.anchor });
        case "folder":
          return addressOf({ sourceId, path: reference.path });
        case "file":
          return repository === undefined ? undefined : filePage(repository, commit, reference.path);
        case "document": {
          if (!places) return undefined;
          const place = places.get(reference.documentId);
          return place ? addressOf({ ...place, anchor: reference.anchor }) : null;
        }
        default:
          return null;
      }
    };
  }, [tree, sources, router, projectId, sourceId, path, commit]);
}

type Sources = readonly { source_id: number; tree: readonly TreeNode[] }[];

function placesById(sources: Sources): Map<number, { sourceId: number; path: string }> {
  const places = new Map<number, { sourceId: number; path: string }>();
  const add = (nodes: readonly TreeNode[], sourceId: number) => {
    for (const node of nodes) {
      if (node.type === "folder") add(node.children, sourceId);
      else places.set(node.document_id, { sourceId, path: node.path });
    }
  };
  for (const source of sources) add(source.tree, source.source_id);
  return places;
}
