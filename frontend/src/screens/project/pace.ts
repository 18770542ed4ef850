/** How many files were done at a moment (milliseconds). */
export interface Snapshot {
  at: number;
  done: number;
}

export interface Pace {
  perSecond: number;
  /** Null while nothing moves. */
  remainingSeconds: number | null;
}

const WINDOW_MS = 15_000;
const SHORTEST_MS = 2_000;

/** The snapshots with a newer one. The oldest go; all go when the count falls, because the sync has begun anew. */
export function withSnapshot(snapshots: readonly Snapshot[], next: Snapshot): Snapshot[] {
  const last = snapshots.at(-1);
  if (!last || next.done < last.done) return [next];
  // The newest of those before the window stays, so that a long step still has a beginning.
  const firstInside = snapshots.findIndex((each) => each.at >= next.at - WINDOW_MS);
  const from = firstInside === -1 ? snapshots.length - 1 : Math.max(0, firstInside - 1);
  return [...snapshots.slice(from), next];
}

/** The pace of the last seconds, as seen at `now`; null while there is too little to tell. */
export function paceOf(snapshots: readonly Snapshot[], total: number, now: number): Pace | null {
  const first = snapshots[0];
  const last = snapshots.at(-1);
  if (!first || !last || now - first.at < SHORTEST_MS) return null;
  // Measured up to now and not up to the last step: a pace falls while nothing happens.
  const perSecond = ((last.done - first.done) * 1000) / (now - first.at);
  return { perSecond, remainingSeconds: perSecond > 0 ? Math.max(0, total - last.done) / perSecond : null };
}
