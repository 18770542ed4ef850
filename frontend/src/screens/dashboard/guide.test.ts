import { expect, test } from "vitest";
import type { Project } from "@/api/projects";
import { guideFor } from "@/screens/dashboard/guide";

function makeProject(last_synced_at: string | null): Project {
  return {
    id: 1,
    name: "Shop",
    repo_url: "/srv/shop",
    description: null,
    created_at: "2026-01-01T09:00:00Z",
    updated_at: "2026-01-01T09:00:00Z",
    last_synced_at,
    sync_status: "queued",
    source_count: 1,
  };
}

function states(...given: Parameters<typeof guideFor>) {
  const guide = guideFor(...given);
  return guide && [guide.add, guide.watch, guide.ask];
}

const fresh = makeProject(null);
const synced = makeProject("2026-01-01T10:00:00Z");

test("the steps become done one after the other", () => {
  expect(states([], 0, false)).toEqual(["current", "later", "later"]);
  expect(states([fresh], 0, false)).toEqual(["done", "current", "later"]);
  expect(states([synced], 0, false)).toEqual(["done", "done", "current"]);
});

test("the guide goes away after the first question, with a second project and when it is dismissed", () => {
  expect(states([synced], 1, false)).toBeNull();
  expect(states([fresh, fresh], 0, false)).toBeNull();
  expect(states([fresh], 0, true)).toBeNull();
});

test("an empty hub always says how to begin; what isn't known asks for nothing", () => {
  expect(states([], null, true)).toEqual(["current", "later", "later"]);
  expect(states([synced], null, false)).toBeNull();
});
