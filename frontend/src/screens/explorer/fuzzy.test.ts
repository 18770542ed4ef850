import { expect, test } from "vitest";
import { fuzzyFilter, fuzzyMatch } from "@/screens/explorer/fuzzy";

const PATHS = [
  "docs/prd.md",
  "docs/product/roadmap.md",
  "docs/stories/1.2.login.md",
  "src/prod.yaml",
  "docs/a/login-prd.md",
];
const items = PATHS.map((path) => ({ path }));

test("letters fit in their order only", () => {
  expect(fuzzyMatch("docs/prd.md", "dprd")?.positions).toHaveLength(4);
  expect(fuzzyMatch("docs/prd.md", "drp")).toBeNull();
  expect(fuzzyMatch("docs/prd.md", "PRD")?.positions).toEqual([5, 6, 7]);
  expect(fuzzyMatch("abc", "abcd")).toBeNull();
});

test("a file of that very name comes first", () => {
  expect(fuzzyFilter(items, "prd", 10)[0]?.item.path).toBe("docs/prd.md");
  expect(fuzzyFilter(items, "login", 10).map(({ item }) => item.path)).toHaveLength(2);
});

test("nothing typed fits everything, in order, up to the limit", () => {
  expect(fuzzyFilter(items, " ", 2).map(({ item }) => item.path)).toEqual(PATHS.slice(0, 2));
});

test("the letters that are marked are the ones that were typed", () => {
  for (const query of ["sl", "d/r", "1.2", "yaml"]) {
    for (const { item, positions } of fuzzyFilter(items, query, 10)) {
      expect(positions.map((at) => item.path[at]?.toLowerCase()).join("")).toBe(query);
    }
  }
});
