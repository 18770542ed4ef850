import { expect, test } from "vitest";
import type { SyncRun } from "@/api/projects";
import { foldedRuns } from "@/screens/dashboard/foldedRuns";
import { makeRun } from "@/screens/project/testData";

function folded(...runs: Partial<SyncRun>[]) {
  const made = runs.map((changes, index) => makeRun({ id: String(index), ...changes }));
  return foldedRuns(made).map((group) => [group.newest.id, group.count, group.isUnchanged]);
}

test("runs of a project that changed nothing are one, also with those of others between them", () => {
  expect(folded({}, { project_id: 2, files_changed: 3 }, {}, {})).toEqual([
    ["0", 3, true],
    ["1", 1, false],
  ]);
});

test("what changed something, failed or goes on stands for itself and parts those around it", () => {
  for (const changes of [
    { files_changed: 1 },
    { files_removed: 1 },
    { status: "failed" },
    { status: "running" },
  ] as const)
    expect(folded({}, changes, {}, {})).toEqual([
      ["0", 1, true],
      ["1", 1, false],
      ["2", 2, true],
    ]);
});

test("runs of different projects are never one", () => {
  expect(folded({}, { project_id: 2 })).toEqual([
    ["0", 1, true],
    ["1", 1, true],
  ]);
});
