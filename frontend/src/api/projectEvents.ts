import { type InfiniteData, type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { projectKey, type Source, type SyncRun } from "@/api/projects";

const SYNC_EVENTS = ["queued", "started", "progressed", "succeeded", "failed", "cancelled"].map(
  (word) => `sync.${word}`,
);
const DOCUMENT_EVENTS = ["document.changed", "document.removed"];
const SETTLE_MS = 1_500;
const LATEST_MS = 15_000;
const FIRST_REOPEN_MS = 1_000;
const LAST_REOPEN_MS = 30_000;

/** Keeps what is cached of a project true while a component is mounted. */
export function useProjectEvents(projectId: number): void {
  const client = useQueryClient();
  useEffect(() => followProject(client, projectId), [client, projectId]);
}

/**
 * Follows the project's stream until the returned function is called.
 *
 * A hidden page holds no stream, because a browser allows six connections per host over all its tabs; it reads anew when
 * it is shown again.
 */
export function followProject(client: QueryClient, projectId: number): () => void {
  let stop = document.hidden ? undefined : watchProject(client, projectId);
  const follow = () => {
    if (document.hidden) {
      stop?.();
      stop = undefined;
    } else if (!stop) {
      stop = watchProject(client, projectId);
      void client.invalidateQueries({ queryKey: projectKey(projectId) });
    }
  };
  document.addEventListener("visibilitychange", follow);
  return () => {
    document.removeEventListener("visibilitychange", follow);
    stop?.();
  };
}

function watchProject(client: QueryClient, projectId: number): () => void {
  const documents = settled(() => refreshDocuments(client, projectId));
  const stop = keepOpen(`/api/projects/${projectId}/events`, (source) => {
    // A stream begins with what happens from then on, so what happened before it was open is read. Of documents what is
    // just being read needn't begin again: whatever it misses, the end of its sync comes over this stream.
    source.addEventListener("open", () => {
      for (const part of ["self", "sources", "syncs", "sync"]) reread(client, [...projectKey(projectId), part]);
      for (const part of OF_DOCUMENTS) {
        void client.invalidateQueries({ queryKey: [...projectKey(projectId), part] }, { cancelRefetch: false });
      }
    });
    for (const name of SYNC_EVENTS) {
      source.addEventListener(name, (event) => {
        applySync(client, projectId, JSON.parse((event as MessageEvent<string>).data) as SyncRun);
      });
    }
    source.addEventListener("source.checked", (event) => {
      applySource(client, projectId, JSON.parse((event as MessageEvent<string>).data) as Source);
    });
    for (const name of DOCUMENT_EVENTS) source.addEventListener(name, documents.soon);
  });
  return () => {
    stop();
    documents.cancel();
  };
}

/**
 * Opens a stream, again and again, until the returned function is called. The browser resumes a broken one by itself
 * (`Last-Event-ID`), but gives up on an answer that is no stream, which a hub that is being restarted gives.
 */
function keepOpen(url: string, prepare: (source: EventSource) => void): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let delay = FIRST_REOPEN_MS;
  const open = () => {
    source = new EventSource(url);
    source.addEventListener("open", () => {
      delay = FIRST_REOPEN_MS;
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, delay);
      delay = Math.min(2 * delay, LAST_REOPEN_MS);
    });
    prepare(source);
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

const ORDER: Record<SyncRun["status"], number> = { queued: 0, running: 1, succeeded: 2, failed: 2, cancelled: 2 };

/**
 * Puts a run's newest state wherever runs are cached, and asks anew for what follows from it. Progress within a phase
 * asks for nothing, and a state that is older than the known one (an answer that an event overtook) is left out.
 */
export function applySync(client: QueryClient, projectId: number, run: SyncRun): void {
  const key = projectKey(projectId);
  const known = client.getQueryData<SyncRun>([...key, "sync", run.id]);
  if (known && ORDER[run.status] < ORDER[known.status]) return;
  client.setQueryData([...key, "sync", run.id], run);
  client.setQueryData<RunPages>([...key, "syncs"], (listed) => listed && withRun(listed, run));
  if (known && known.status === run.status && known.phase === run.phase) return;
  for (const part of ["self", "sources"]) reread(client, [...key, part]);
  for (const name of ["projects", "dashboard"]) reread(client, [name]);
  if (ORDER[run.status] < 2) return;
  // A list that was being read meanwhile may come without this end, after which nothing would correct it.
  reread(client, [...key, "syncs"]);
  // Built anew, the index may show documents in another way without any having changed.
  if (run.kind === "reindex" || run.files_changed + run.files_removed > 0) refreshDocuments(client, projectId);
}

/** Puts a source's newest state in the list of its project's sources. */
function applySource(client: QueryClient, projectId: number, source: Source): void {
  const queryKey = [...projectKey(projectId), "sources"];
  const listed = client.getQueryData<Source[]>(queryKey);
  const withNewest = listed?.map((each) => (each.id === source.id ? source : each));
  if (withNewest) client.setQueryData(queryKey, withNewest);
  else reread(client, queryKey);
}

interface RunPage {
  items: SyncRun[];
  next_cursor?: string | null;
}
type RunPages = InfiniteData<RunPage>;

/** The list with the run in it: in its old place, or where its age puts it (ids of runs ascend with time). */
function withRun(listed: RunPages, run: SyncRun): RunPages {
  const isListed = listed.pages.some((page) => page.items.some((each) => each.id === run.id));
  if (isListed) {
    return mapPages(listed, (items) => items.map((each) => (each.id === run.id ? run : each)));
  }
  const place = listed.pages.findIndex((page) => page.items.some((each) => each.id < run.id) || !page.next_cursor);
  return mapPages(listed, (items, index) =>
    index === place ? [...items, run].sort((one, other) => (one.id < other.id ? 1 : -1)) : items,
  );
}

function mapPages(listed: RunPages, change: (items: SyncRun[], index: number) => SyncRun[]): RunPages {
  return { ...listed, pages: listed.pages.map((page, index) => ({ ...page, items: change(page.items, index) })) };
}

/**
 * Reads these anew. A first read that is under way isn't begun again by an invalidation, and may answer with what was
 * before that; so it is read once more after it.
 */
function reread(client: QueryClient, queryKey: QueryKey): void {
  const isFirst = { predicate: ({ state }: { state: { data: unknown } }) => state.data === undefined };
  const begun = client.getQueryCache().findAll({ queryKey, fetchStatus: "fetching", ...isFirst });
  void client.invalidateQueries({ queryKey });
  for (const query of begun) {
    const again = () => void client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    query.promise?.then(again, () => {}); // one that fails shows its failure, and can be tried again
  }
}

/** What is read of documents, and what is said of them: a conversation knows whether what it cites is still so. */
const OF_DOCUMENTS = [
  "tree",
  "document",
  "document-id",
  "versions",
  "diff",
  "recent",
  "search",
  "suggest",
  "sample-documents",
  "conversation",
];

function refreshDocuments(client: QueryClient, projectId: number): void {
  for (const part of OF_DOCUMENTS) reread(client, [...projectKey(projectId), part]);
}

/** Calls `action` once it has been quiet for a moment, and now and then while it isn't: a sync changes hundreds. */
function settled(action: () => void): { soon: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since: number | undefined;
  const run = () => {
    since = undefined;
    action();
  };
  return {
    soon: () => {
      clearTimeout(timer);
      since ??= Date.now();
      timer = setTimeout(run, Math.min(SETTLE_MS, Math.max(0, since + LATEST_MS - Date.now())));
    },
    cancel: () => clearTimeout(timer),
  };
}
