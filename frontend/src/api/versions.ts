import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "@/api/client";
import { projectKey } from "@/api/projects";

export type DocumentVersion = Schemas["DocumentVersionResponse"];
export type DocumentDiff = Schemas["DocumentDiff"];
export type DiffHunk = Schemas["DiffHunk"];
export type DiffLine = Schemas["DiffLine"];

/** A document's versions, the current one first, a page at a time. */
export const versionsQuery = (projectId: number, documentId: number) =>
  infiniteQueryOptions({
    queryKey: [...projectKey(projectId), "versions", documentId],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = pageParam ? { limit: 50, cursor: pageParam } : { limit: 50 };
      const params = { path: { document_id: documentId }, query };
      return unwrap(api.GET("/api/documents/{document_id}/versions", { params, signal }));
    },
    getNextPageParam: (page) => page.next_cursor,
  });

/** From one version to another, by their commits; without them, what the current one changed. */
export const diffQuery = (projectId: number, documentId: number, between: { from?: string; to?: string }) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "diff", documentId, between],
    queryFn: ({ signal }) => {
      const params = { path: { document_id: documentId }, query: between };
      return unwrap(api.GET("/api/documents/{document_id}/diff", { params, signal }));
    },
  });
