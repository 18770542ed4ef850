import type { Source, SyncRun } from "@/api/projects";

/** What a running sync or re-index does, in order. */
const PHASES = ["queued", "fetching", "comparing", "indexing", "switching", "reconciling", "history", "done"] as const;
export type Phase = (typeof PHASES)[number];

export function isPhase(word: string): word is Phase {
  return (PHASES as readonly string[]).includes(word);
}

export function isOpen(run: Pick<SyncRun, "status">): boolean {
  return run.status === "queued" || run.status === "running";
}

/** Seconds from start to end, or to `now` while it runs; null before it has started. */
export function secondsOf(run: SyncRun, now: number): number | null {
  if (run.started_at === null) return null;
  const end = run.finished_at === null ? now : Date.parse(run.finished_at);
  return Math.max(0, end - Date.parse(run.started_at)) / 1000; // clocks of hub and browser may differ
}

/** The part of a running sync that is done; undefined where its length isn't known. */
export function partDone(run: SyncRun): number | undefined {
  return run.phase === "indexing" && run.files_total > 0 ? run.files_done / run.files_total : undefined;
}

/** What to show at a source: the run that goes on, or else the one that waits or that came last. `runs` newest first. */
export function currentRun(runs: readonly SyncRun[], sourceId: number): SyncRun | undefined {
  const own = runs.filter((run) => run.source_id === sourceId);
  return own.find((run) => run.status === "running") ?? own[0];
}

interface Totals {
  documents: number;
  passages: number;
}

/** What a project holds, by the newest run of each source that says it; null where a source's runs aren't known. */
export function totalsOf(sources: readonly Source[], runs: readonly SyncRun[]): Totals | null {
  const sum = { documents: 0, passages: 0 };
  for (const source of sources) {
    const telling = runs.find((run) => run.source_id === source.id && tellsTotals(run));
    if (!telling && source.last_synced_at !== null) return null;
    sum.documents += telling?.files_done ?? 0;
    sum.passages += telling?.chunks_total ?? 0;
  }
  return sum;
}

/** Every end counts what the source holds then; before, only a run that is indexing knows. */
function tellsTotals(run: SyncRun): boolean {
  return !isOpen(run) || run.phase === "indexing" || run.phase === "reconciling";
}

export type Advice = "giveCredential" | "changeSource" | "askOperator" | "fillRepository" | "syncAgain";

/** Every error code of a sync: a test of the services holds this list against theirs. */
const ADVICE: Readonly<Record<string, Advice>> = {
  ADDRESS_NOT_ALLOWED: "changeSource",
  AUTHENTICATION_REQUIRED: "giveCredential",
  BRANCH_NOT_FOUND: "changeSource",
  CERTIFICATE_NOT_TRUSTED: "askOperator",
  CREDENTIAL_REFUSED: "giveCredential",
  CREDENTIAL_UNAVAILABLE: "askOperator",
  CREDENTIAL_UNREADABLE: "giveCredential",
  DISK_FULL: "askOperator",
  DOCS_PATH_NOT_FOUND: "changeSource",
  EMBEDDING_UNAVAILABLE: "askOperator",
  FETCH_FAILED: "syncAgain",
  FETCH_TIMEOUT: "syncAgain",
  HOST_KEY_CHANGED: "askOperator",
  INDEX_MISMATCH: "syncAgain",
  LOCAL_SOURCES_NOT_ALLOWED: "changeSource",
  PROXY_REFUSED: "askOperator",
  REPOSITORY_DAMAGED: "askOperator",
  REPOSITORY_EMPTY: "fillRepository",
  REPOSITORY_MOVED: "changeSource",
  REPOSITORY_NOT_FOUND: "changeSource",
  REPOSITORY_TOO_LARGE: "changeSource",
  REPOSITORY_UNREACHABLE: "syncAgain",
  SYNC_INTERRUPTED: "askOperator",
};

/** What can be done about a failed run, or about a remote that can't be asked; for a later version's code, the least. */
export function adviceFor(errorCode: string): Advice {
  return Object.hasOwn(ADVICE, errorCode) ? (ADVICE[errorCode] ?? "syncAgain") : "syncAgain";
}

/** Whether the source can be edited so that it works. */
export function isInSource(advice: Advice): boolean {
  return advice === "giveCredential" || advice === "changeSource";
}
