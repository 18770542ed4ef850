import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "@/api/client";

export type Project = Schemas["ProjectResponse"];
export type ProjectCreate = Schemas["ProjectCreate"];
export type ProjectPatch = Schemas["ProjectPatch"];
export type Source = Schemas["SourceResponse"];
export type SourceCreate = Schemas["SourceCreate"];
export type SourcePatch = Schemas["SourcePatch"];
export type SyncRun = Schemas["SyncRunResponse"];
export type SyncStatus = Project["sync_status"];

/** All keys of one project begin with it, so that one invalidation reaches them all. */
export const projectKey = (projectId: number) => ["project", projectId] as const;

const PAGE = 200;

/** All projects one may see, by id. */
export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: async ({ signal }) => {
    const items: Project[] = [];
    let cursor: string | null = null;
    do {
      const query: { limit: number; cursor?: string } = cursor ? { limit: PAGE, cursor } : { limit: PAGE };
      const page = await unwrap(api.GET("/api/projects", { params: { query }, signal }));
      items.push(...page.items);
      cursor = page.next_cursor ?? null;
    } while (cursor);
    return items;
  },
});

export const projectQuery = (projectId: number) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "self"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/projects/{project_id}", { params: { path: { project_id: projectId } }, signal })),
  });

export const sourcesQuery = (projectId: number) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "sources"],
    queryFn: async ({ signal }) => {
      const params = { path: { project_id: projectId }, query: { limit: PAGE } };
      return (await unwrap(api.GET("/api/projects/{project_id}/sources", { params, signal }))).items;
    },
  });

/** The project's sync runs, newest first, a page at a time. */
export const syncsQuery = (projectId: number) =>
  infiniteQueryOptions({
    queryKey: [...projectKey(projectId), "syncs"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = pageParam ? { limit: 20, cursor: pageParam } : { limit: 20 };
      const params = { path: { project_id: projectId }, query };
      return unwrap(api.GET("/api/projects/{project_id}/syncs", { params, signal }));
    },
    getNextPageParam: (page) => page.next_cursor,
  });

export const syncQuery = (projectId: number, syncId: string) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "sync", syncId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/syncs/{sync_id}", { params: { path: { sync_id: syncId } }, signal })),
  });

/** What people write: without the framework's own files, configuration, data and images, which come in masses. */
const WRITTEN = [
  "architecture",
  "bmad_other",
  "brainstorming",
  "brief",
  "build_spec",
  "change_proposal",
  "deferred_work",
  "doc",
  "epic",
  "memlog",
  "prd",
  "project_context",
  "qa_assessment",
  "qa_gate",
  "readiness",
  "research",
  "retrospective",
  "review",
  "spec",
  "sprint_status",
  "stories_manifest",
  "story",
  "story_context",
  "tech_spec",
  "ux",
  "workflow_status",
] satisfies Schemas["DocumentSummary"]["kind"][];

/**
 * The documents people write that changed last. A new `lastSyncedAt` reads them anew where no events say that they
 * changed.
 */
export const recentDocumentsQuery = (projectId: number, limit: number, lastSyncedAt: string | null = null) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "recent", limit, lastSyncedAt],
    queryFn: async ({ signal }) => {
      const params = { path: { project_id: projectId }, query: { order: "updated" as const, kind: WRITTEN, limit } };
      return (await unwrap(api.GET("/api/projects/{project_id}/documents", { params, signal }))).items;
    },
    placeholderData: keepPreviousData,
  });

export function createProject(body: ProjectCreate): Promise<Project> {
  return unwrap(api.POST("/api/projects", { body }));
}

export function changeProject(projectId: number, body: ProjectPatch): Promise<Project> {
  return unwrap(api.PATCH("/api/projects/{project_id}", { params: { path: { project_id: projectId } }, body }));
}

export async function deleteProject(projectId: number): Promise<void> {
  await unwrap(api.DELETE("/api/projects/{project_id}", { params: { path: { project_id: projectId } } }));
}

/** Ask for a sync of all sources; the runs that now stand in the queue. */
export async function syncProject(projectId: number): Promise<SyncRun[]> {
  const params = { path: { project_id: projectId } };
  return (await unwrap(api.POST("/api/projects/{project_id}/sync", { params }))).syncs;
}

export function createSource(projectId: number, body: SourceCreate): Promise<Source> {
  return unwrap(api.POST("/api/projects/{project_id}/sources", { params: { path: { project_id: projectId } }, body }));
}

export function changeSource(sourceId: number, body: SourcePatch): Promise<Source> {
  return unwrap(api.PATCH("/api/sources/{source_id}", { params: { path: { source_id: sourceId } }, body }));
}

export async function deleteSource(sourceId: number): Promise<void> {
  await unwrap(api.DELETE("/api/sources/{source_id}", { params: { path: { source_id: sourceId } } }));
}

export async function syncSource(sourceId: number): Promise<SyncRun[]> {
  return (await unwrap(api.POST("/api/sources/{source_id}/sync", { params: { path: { source_id: sourceId } } }))).syncs;
}

export async function cancelSync(syncId: string): Promise<void> {
  await unwrap(api.POST("/api/syncs/{sync_id}/cancel", { params: { path: { sync_id: syncId } } }));
}
