import type { SyncRun } from "@/api/projects";

export interface RunGroup {
  newest: SyncRun;
  /** How many runs it stands for; several only where none of them changed anything. */
  count: number;
  isUnchanged: boolean;
}

/** Runs, newest first, with those of a project that one after the other changed nothing as one. */
export function foldedRuns(runs: readonly SyncRun[]): RunGroup[] {
  const groups: RunGroup[] = [];
  const lastOf = new Map<number, RunGroup>();
  for (const run of runs) {
    const isUnchanged = changedNothing(run);
    const last = lastOf.get(run.project_id);
    if (last?.isUnchanged && isUnchanged) {
      last.count += 1;
      continue;
    }
    const group = { newest: run, count: 1, isUnchanged };
    groups.push(group);
    lastOf.set(run.project_id, group);
  }
  return groups;
}

function changedNothing(run: SyncRun): boolean {
  return run.status === "succeeded" && run.files_changed === 0 && run.files_removed === 0;
}
