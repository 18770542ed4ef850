import { useEffect, useState } from "react";
import type { SyncRun } from "@/api/projects";
import { type Pace, paceOf, type Snapshot, withSnapshot } from "@/screens/project/pace";

/** The pace of a run that is watched, at `now` (milliseconds). Give each run a component of its own (`key`). */
export function usePace(run: SyncRun, now: number): Pace | null {
  const [snapshots, setSnapshots] = useState<Snapshot[]>([]);
  const isIndexing = run.status === "running" && run.phase === "indexing";
  const done = run.files_done;
  useEffect(() => {
    if (isIndexing) setSnapshots((seen) => withSnapshot(seen, { at: Date.now(), done }));
  }, [isIndexing, done]);
  return isIndexing ? paceOf(snapshots, run.files_total, now) : null;
}
