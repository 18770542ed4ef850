import { expect, expectTypeOf, test } from "vitest";
import type { Kind, Status } from "@/api/documents";
import {
  countNarrowing,
  type Filters,
  isEpic,
  KINDS,
  NO_FILTERS,
  readFilters,
  STATUSES,
  toParams,
  toRequest,
  withoutExclusions,
  withoutNarrowing,
  withoutPhrases,
} from "@/screens/search/searchFilters";

const ALL: Filters = {
  query: "vector search",
  kinds: ["prd", "story"],
  status: "in_progress",
  epic: "3",
  sourceId: 3,
  projectId: 2,
  mode: "keyword",
  pathPrefix: "docs/",
  includesFramework: true,
};
const PLAIN: Filters = { ...NO_FILTERS, query: "logs" };

test.each([[ALL], [PLAIN], [{ ...NO_FILTERS, query: "" }]])("filters survive the address", (filters) => {
  expect(readFilters(toParams(filters))).toEqual(filters);
});

test("an address says only what differs from a plain search", () => {
  expect(toParams({ ...PLAIN, query: " logs ", pathPrefix: "  " })).toEqual({ q: "logs" });
  expect(toParams(ALL)).toEqual({
    q: "vector search",
    kind: "prd,story",
    status: "in_progress",
    epic: "3",
    source: "3",
    project: "2",
    mode: "keyword",
    path: "docs/",
    framework: "1",
  });
});

test("what makes no sense in an address is ignored", () => {
  const params = {
    q: "logs",
    kind: "poem,",
    status: "finished",
    source: "-1",
    project: "two",
    mode: "magic",
    framework: "yes",
  };
  expect(readFilters(params)).toEqual(PLAIN);
});

test("every kind can be filtered by", () => {
  expectTypeOf<(typeof KINDS)[number]>().toEqualTypeOf<Kind>();
  expect(new Set(KINDS).size).toBe(KINDS.length);
});

test("kinds in an address are each meant once, in any order", () => {
  expect(readFilters({ kind: "story,prd,story" }).kinds).toEqual(["prd", "story"]);
});

test("the request is what the server wants", () => {
  expect(toRequest(ALL, 50)).toEqual({
    query: "vector search",
    limit: 50,
    mode: "keyword",
    kinds: ["prd", "story"],
    statuses: ["in_progress"],
    epics: ["3"],
    source_ids: [3],
    path_prefix: "docs/",
    include_framework: true,
  });
  expect(toRequest({ ...PLAIN, query: `${"x".repeat(1200)}` }, 20)).toEqual({
    query: "x".repeat(1000),
    limit: 20,
    mode: "hybrid",
    kinds: null,
    statuses: null,
    epics: null,
    source_ids: null,
    path_prefix: null,
    include_framework: false,
  });
});

test("dropping what narrows keeps the words and the way of searching", () => {
  expect([countNarrowing(ALL), countNarrowing(PLAIN)]).toEqual([6, 0]);
  expect(withoutNarrowing(ALL)).toEqual({
    ...NO_FILTERS,
    query: "vector search",
    mode: "keyword",
    includesFramework: true,
  });
});

test("every status can be filtered by", () => {
  expectTypeOf<(typeof STATUSES)[number]>().toEqualTypeOf<Status>();
  expect(new Set(STATUSES).size).toBe(STATUSES.length);
});

test.each([
  ["3", ["3"]],
  [" 2.1 ", ["2.1"]],
  ["4a", ["4a"]],
  ["", null],
  ["the third", null],
])("only an epic's number is asked for: %o", (epic, epics) => {
  expect(toRequest({ ...PLAIN, epic }, 20).epics).toEqual(epics);
  expect(isEpic(epic)).toBe(epics !== null || epic === "");
});

test("operators can be taken back", () => {
  expect(withoutPhrases('keep "audit logs" «trois mois»')).toBe("keep audit logs trois mois");
  expect(withoutExclusions('logs -audit −"ninety days" real-time - x')).toBe("logs   real-time - x");
  expect(withoutExclusions("-audit")).toBe("");
});
