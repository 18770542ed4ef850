import type { Source, SyncRun } from "@/api/projects";

/** A run for tests: a finished one without anything special. */
export function makeRun(changes: Partial<SyncRun> = {}): SyncRun {
  return {
    id: "01a20944-0000-7000-8000-000000000001",
    project_id: 1,
    source_id: 1,
    kind: "sync",
    trigger: "user",
    status: "succeeded",
    phase: "done",
    commit_sha: null,
    files_total: 0,
    files_done: 0,
    files_changed: 0,
    files_removed: 0,
    files_failed: 0,
    chunks_total: 0,
    chunks_embedded: 0,
    warnings: [],
    error_code: null,
    error_detail: null,
    requested_at: "2026-01-01T10:00:00Z",
    started_at: "2026-01-01T10:00:01Z",
    finished_at: null,
    ...changes,
  };
}

/** A source for tests: one that never was synced. */
export function makeSource(changes: Partial<Source> = {}): Source {
  return {
    id: 1,
    project_id: 1,
    name: "shop-docs",
    repo_url: "https://github.com/acme/shop-docs",
    branch: null,
    docs_path: null,
    schedule: null,
    next_sync_at: null,
    has_credential: false,
    credential_kind: null,
    has_webhook: false,
    last_synced_at: null,
    last_commit_sha: null,
    last_commit_at: null,
    remote_commit_sha: null,
    remote_checked_at: null,
    remote_error_code: null,
    remote_error_detail: null,
    is_behind: false,
    sync_status: "never",
    created_at: "2026-01-01T09:00:00Z",
    updated_at: "2026-01-01T09:00:00Z",
    ...changes,
  };
}
