import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "@/api/client";
import { projectKey } from "@/api/projects";

export type TreeNode = Schemas["FolderNode"] | Schemas["FileNode"];
export type FileNode = Schemas["FileNode"];
export type SourceTree = Schemas["SourceTree"];
export type DocumentSummary = Schemas["DocumentSummary"];
export type DocumentContent = Schemas["DocumentResponse"];
export type DocumentLink = Schemas["LinkResponse"];
export type TocEntry = Schemas["TocEntry"];
export type Kind = DocumentSummary["kind"];
export type Status = NonNullable<NonNullable<Schemas["SearchRequest"]["statuses"]>[number]>;
export type SearchHit = Schemas["SearchHit"];
export type SearchRequest = Schemas["SearchRequest"];
export type SearchResponse = Schemas["SearchResponse"];

export const treeQuery = (projectId: number) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "tree"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/projects/{project_id}/tree", { params: { path: { project_id: projectId } }, signal })),
    staleTime: Number.POSITIVE_INFINITY, // the project's events say when it changes
  });

export const documentQuery = (projectId: number, documentId: number) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "document", documentId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/documents/{document_id}", { params: { path: { document_id: documentId } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The id of the document at exactly this path; null where there is none. */
export const documentIdQuery = (projectId: number, sourceId: number, path: string) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "document-id", sourceId, path],
    queryFn: async ({ signal }) => {
      // Paths come in order, and a path sorts before all that it is the beginning of.
      const params = { path: { project_id: projectId }, query: { path, source_id: sourceId, limit: 1 } };
      const { items } = await unwrap(api.GET("/api/projects/{project_id}/documents", { params, signal }));
      return items[0]?.path === path ? items[0].id : null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Search one project, or all (`projectId` null). */
export const searchQuery = (projectId: number | null, body: SearchRequest) =>
  queryOptions({
    queryKey: projectId === null ? ["search", body] : [...projectKey(projectId), "search", body],
    queryFn: ({ signal }) =>
      projectId === null
        ? unwrap(api.POST("/api/search", { body, signal }))
        : unwrap(
            api.POST("/api/projects/{project_id}/search", {
              params: { path: { project_id: projectId } },
              body,
              signal,
            }),
          ),
    placeholderData: keepPreviousData,
  });
