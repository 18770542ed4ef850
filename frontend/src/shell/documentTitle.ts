import type { QueryClient } from "@tanstack/react-query";
import type { DocumentContent } from "@/api/documents";
import { projectKey } from "@/api/projects";

/** The title of a document that has been read since the page was loaded; null for any other. */
export function titleOf(client: QueryClient, projectId: number, sourceId: number, path: string): string | null {
  const read = client.getQueriesData<DocumentContent>({ queryKey: [...projectKey(projectId), "document"] });
  const found = read.find(([, document]) => document?.path === path && document.source_id === sourceId);
  return found?.[1]?.title ?? null;
}
