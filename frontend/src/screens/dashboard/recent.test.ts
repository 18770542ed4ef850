import { expect, test } from "vitest";
import type { DocumentSummary } from "@/api/documents";
import type { Project } from "@/api/projects";
import { lastSynced, matchingProjects, newestOf } from "@/screens/dashboard/recent";

function makeProject(id: number, changes: Partial<Project>): Project {
  return {
    id,
    name: `Project ${id}`,
    repo_url: null,
    description: null,
    created_at: "2026-01-01T09:00:00Z",
    updated_at: "2026-01-01T09:00:00Z",
    last_synced_at: null,
    sync_status: "never",
    source_count: 1,
    ...changes,
  };
}

test("the projects that were synced last come first, those never synced not at all", () => {
  const projects = [
    makeProject(1, { last_synced_at: "2026-01-01T10:00:00.5Z" }),
    makeProject(2, {}),
    makeProject(3, { last_synced_at: "2026-01-02T10:00:00Z" }),
    makeProject(4, { last_synced_at: "2026-01-01T10:00:00Z" }),
  ];
  expect(lastSynced(projects, 2).map((each) => each.id)).toEqual([3, 1]);
});

test("documents of several projects are one list by time", () => {
  const made = (id: number, updated_at: string) => ({ id, updated_at }) as DocumentSummary;
  const lists = [[made(1, "2026-01-03T00:00:00Z"), made(2, "2026-01-01T00:00:00Z")], [made(3, "2026-01-02T00:00:00Z")]];
  expect(newestOf(lists, 2).map((each) => each.id)).toEqual([1, 3]);
});

test("projects are found by words of name and description", () => {
  const projects = [makeProject(1, { name: "Shop", description: "Sells shoes" }), makeProject(2, { name: "Shoes" })];
  expect(matchingProjects(projects, "SHOES shop").map((each) => each.id)).toEqual([1]);
  expect(matchingProjects(projects, " ")).toEqual(projects);
});
