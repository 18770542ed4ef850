import { expect, expectTypeOf, test } from "vitest";
import type { Kind } from "@/api/documents";
import {
  countNarrowing,
  type Filters,
  KINDS,
  NO_FILTERS,
  readFilters,
  toParams,
  toRequest,
  withoutNarrowing,
} from "@/screens/search/searchFilters";

const ALL: Filters = {
  query: "vector search",
  kinds: ["prd", "story"],
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
    source: "3",
    project: "2",
    mode: "keyword",
    path: "docs/",
    framework: "1",
  });
});

test("what makes no sense in an address is ignored", () => {
  const params = { q: "logs", kind: "poem,", source: "-1", project: "two", mode: "magic", framework: "yes" };
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
    source_ids: [3],
    path_prefix: "docs/",
    include_framework: true,
  });
  expect(toRequest({ ...PLAIN, query: `${"x".repeat(1200)}` }, 20)).toEqual({
    query: "x".repeat(1000),
    limit: 20,
    mode: "hybrid",
    kinds: null,
    source_ids: null,
    path_prefix: null,
    include_framework: false,
  });
});

test("dropping what narrows keeps the words and the way of searching", () => {
  expect([countNarrowing(ALL), countNarrowing(PLAIN)]).toEqual([4, 0]);
  expect(withoutNarrowing(ALL)).toEqual({
    ...NO_FILTERS,
    query: "vector search",
    mode: "keyword",
    includesFramework: true,
  });
});
