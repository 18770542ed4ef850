import { api, type Schemas, unwrap } from "@/api/client";
import type { SyncRun } from "@/api/projects";

export type Webhook = Schemas["Webhook"];

/** Has the remote's branch looked at; the answer comes over the project's events. */
export async function checkSource(sourceId: number): Promise<void> {
  await unwrap(api.POST("/api/sources/{source_id}/check", { params: { path: { source_id: sourceId } } }));
}

/** A new secret for the source's webhook; the one before is worth nothing from then on. It is never told again. */
export function createWebhook(sourceId: number): Promise<Webhook> {
  return unwrap(api.POST("/api/sources/{source_id}/webhook", { params: { path: { source_id: sourceId } } }));
}

export async function removeWebhook(sourceId: number): Promise<void> {
  await unwrap(api.DELETE("/api/sources/{source_id}/webhook", { params: { path: { source_id: sourceId } } }));
}

/** Has a source's index built anew from what is stored. */
export async function reindexSource(sourceId: number): Promise<SyncRun[]> {
  const params = { path: { source_id: sourceId } };
  return (await unwrap(api.POST("/api/sources/{source_id}/reindex", { params }))).syncs;
}

/** Has the index of all sources of a project built anew. */
export async function reindexProject(projectId: number): Promise<SyncRun[]> {
  const params = { path: { project_id: projectId } };
  return (await unwrap(api.POST("/api/projects/{project_id}/reindex", { params }))).syncs;
}
