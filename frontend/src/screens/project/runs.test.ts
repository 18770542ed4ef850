import { expect, test } from "vitest";
import { adviceFor, currentRun, isPhase, partDone, secondsOf, totalsOf } from "@/screens/project/runs";
import { makeRun, makeSource } from "@/screens/project/testData";

test("a run lasts from its start to its end, or to now", () => {
  expect(secondsOf(makeRun({ started_at: null }), 0)).toBeNull();
  const started_at = "2026-01-01T10:00:00Z";
  expect(secondsOf(makeRun({ started_at, finished_at: "2026-01-01T10:01:30Z" }), 0)).toBe(90);
  expect(secondsOf(makeRun({ started_at, finished_at: null }), Date.parse("2026-01-01T10:00:05Z"))).toBe(5);
  expect(secondsOf(makeRun({ started_at, finished_at: null }), Date.parse("2026-01-01T09:59:58Z"))).toBe(0);
});

test("only indexing has a known length", () => {
  expect(partDone(makeRun({ phase: "indexing", files_done: 5, files_total: 20 }))).toBe(0.25);
  expect(partDone(makeRun({ phase: "indexing", files_total: 0 }))).toBeUndefined();
  expect(partDone(makeRun({ phase: "fetching", files_done: 5, files_total: 20 }))).toBeUndefined();
});

test("a running sync comes before one that waits behind it", () => {
  const runs = [
    makeRun({ id: "c", source_id: 2, status: "failed" }),
    makeRun({ id: "b", source_id: 1, status: "queued" }),
    makeRun({ id: "a", source_id: 1, status: "running" }),
  ];
  expect(currentRun(runs, 1)?.id).toBe("a");
  expect(currentRun(runs, 2)?.id).toBe("c");
  expect(currentRun(runs, 3)).toBeUndefined();
});

test("totals come from the newest run that knows them, of every source", () => {
  const sources = [makeSource({ id: 1 }), makeSource({ id: 2 })];
  const runs = [
    makeRun({ id: "c", source_id: 1, status: "running", phase: "fetching" }),
    makeRun({ id: "b", source_id: 1, status: "failed", phase: "fetching", files_done: 10, chunks_total: 90 }),
    makeRun({ id: "a", source_id: 2, status: "running", phase: "indexing", files_done: 3, chunks_total: 8 }),
  ];
  expect(totalsOf(sources, runs)).toEqual({ documents: 13, passages: 98 });
});

test("totals are unknown when a synced source's runs are, and nothing when it never was synced", () => {
  expect(totalsOf([makeSource({ last_synced_at: "2026-01-01T10:00:00Z" })], [])).toBeNull();
  expect(totalsOf([makeSource({ last_synced_at: null })], [])).toEqual({ documents: 0, passages: 0 });
});

test("each failure has someone who can do something", () => {
  expect(adviceFor("BRANCH_NOT_FOUND")).toBe("changeSource");
  expect(adviceFor("CREDENTIAL_REFUSED")).toBe("giveCredential");
  expect(adviceFor("REPOSITORY_EMPTY")).toBe("fillRepository");
  expect(adviceFor("DISK_FULL")).toBe("askOperator");
  expect(adviceFor("CREDENTIAL_UNAVAILABLE")).toBe("askOperator");
  expect(adviceFor("FETCH_TIMEOUT")).toBe("syncAgain");
  expect(adviceFor("WHATEVER_COMES")).toBe("syncAgain");
  expect(adviceFor("toString")).toBe("syncAgain");
});

test("phases of later versions are known as unknown", () => {
  expect([isPhase("indexing"), isPhase("dreaming")]).toEqual([true, false]);
});
