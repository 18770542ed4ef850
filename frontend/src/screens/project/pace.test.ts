import { expect, test } from "vitest";
import { paceOf, type Snapshot, withSnapshot } from "@/screens/project/pace";

function collected(...snapshots: Snapshot[]): Snapshot[] {
  return snapshots.reduce<Snapshot[]>(withSnapshot, []);
}

test("says nothing before it has seen two seconds", () => {
  expect(paceOf([], 100, 5_000)).toBeNull();
  expect(paceOf(collected({ at: 0, done: 10 }, { at: 1_000, done: 30 }), 100, 1_500)).toBeNull();
});

test("rate and remaining time come from what was done since the first snapshot", () => {
  const snapshots = collected({ at: 0, done: 10 }, { at: 2_000, done: 20 }, { at: 4_000, done: 50 });
  expect(paceOf(snapshots, 90, 4_000)).toEqual({ perSecond: 10, remainingSeconds: 4 });
});

test("slows down while nothing happens, and stops without a remaining time", () => {
  const moving = collected({ at: 0, done: 0 }, { at: 2_000, done: 20 });
  expect(paceOf(moving, 100, 10_000)).toEqual({ perSecond: 2, remainingSeconds: 40 });
  const still = collected({ at: 0, done: 20 }, { at: 3_000, done: 20 });
  expect(paceOf(still, 100, 4_000)).toEqual({ perSecond: 0, remainingSeconds: null });
});

test("forgets what is older than the window, except the newest of it", () => {
  const kept = collected({ at: 0, done: 0 }, { at: 1_000, done: 1 }, { at: 20_000, done: 2 }, { at: 30_000, done: 3 });
  expect(kept.map((each) => each.at)).toEqual([1_000, 20_000, 30_000]);
});

test("begins anew when the sync does", () => {
  expect(collected({ at: 0, done: 50 }, { at: 1_000, done: 3 })).toEqual([{ at: 1_000, done: 3 }]);
});
