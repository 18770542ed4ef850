import { describe, expect, test } from "vitest";
import { fold, matchLabel, namesIdentifier, partsOf, rankByLabel, wordRanges } from "@/shell/paletteMatching";

const marked = (text: string, query: string) =>
  partsOf(text, wordRanges(text, query))
    .map((part) => (part.isMarked ? `[${part.text}]` : part.text))
    .join("");

test("French spaces that don't break are typed as any other", () => {
  expect(matchLabel("Thème\u00a0: clair", "theme : cl")?.score).toBe(3);
});

test.each(["Résumé ÉTÉ", "İstanbul", "ﬁn 🦄 x", "日本"])("folding %s keeps every position", (text) => {
  expect(fold(text)).toHaveLength(text.length);
});

test.each([
  ["Product requirements", "req", "Product [req]uirements"],
  ["Épopée 4", "epo", "[Épo]pée 4"],
  ["FR12: search", "fr-12", "[FR12]: search"],
  ["docs/epics/epic-4.md", "epic 4", "docs/[epic]s/[epic]-[4].md"],
  ["Knowledge", "led", "Know[led]ge"],
  ["Story 14.4", "4", "Story 14.[4]"],
  ["Plain", "zz", "Plain"],
  ["a+b (c)", "+(", "a+b (c)"],
])("in %s, %s marks %s", (text, query, expected) => {
  expect(marked(text, query)).toBe(expected);
});

test("the pieces of a text make the text", () => {
  const text = "Epic 4: vector search of epics";
  const parts = partsOf(text, wordRanges(text, "epic search e"));
  expect(parts.map((part) => part.text).join("")).toBe(text);
  expect(parts.filter((part) => part.isMarked).map((part) => part.text)).toEqual(["Epic", "search", "epic"]);
});

describe("labels", () => {
  const labels = ["Theme: dark", "Go to the dashboard", "Keyboard shortcuts", "Sync this project now"];
  const ranked = (query: string) =>
    rankByLabel(
      labels.map((label) => ({ label })),
      query,
    ).map(({ item }) => item.label);

  test("beginnings come before parts, parts before scattered letters", () => {
    expect(matchLabel("Theme: dark", "the")?.score).toBe(3);
    expect(matchLabel("Theme: dark", "dark the")?.score).toBe(2);
    expect(matchLabel("Theme: dark", "heme")?.score).toBe(1);
    expect(matchLabel("Theme: dark", "tdk")?.score).toBe(0);
    expect(ranked("da")).toEqual(["Theme: dark", "Go to the dashboard"]);
    expect(ranked("the")).toEqual(["Theme: dark", "Go to the dashboard"]);
    expect(ranked("tdk")).toEqual(["Theme: dark"]);
  });

  test("scattered letters begin at a word's beginning and are marked", () => {
    expect(matchLabel("Keyboard shortcuts", "kbs")?.ranges).toEqual([
      [0, 1],
      [3, 4],
      [9, 10],
    ]);
    expect(matchLabel("Keyboard shortcuts", "ybs")).toBeNull();
    expect(matchLabel("Keyboard shortcuts", "kz")).toBeNull();
  });

  test("accents and case don't matter, and nothing typed fits all", () => {
    expect(ranked("SYNC")).toEqual(["Sync this project now"]);
    expect(matchLabel("Thème : foncé", "fonce")?.score).toBe(2);
    expect(ranked(" ")).toEqual(labels);
  });
});

test.each([
  ["fr12", null, "FR12: as-you-type search", true],
  ["FR-12", null, "Requirements FR12, FR13", true],
  ["fr1", null, "FR12", false],
  ["fr 1", null, "FR1.2: detail", false],
  ["story 3.2", "3.2", "Tree", true],
  ["3.2", null, "Story 3.2: Tree", true],
  ["3.2", null, "Story 1.3.2", false],
  ["tree", "tree", "Tree", false],
  ["12", "12", "12", false],
])("%s is the identifier in %s, %s: %s", (query, artifactId, name, expected) => {
  expect(namesIdentifier(query, artifactId, name)).toBe(expected);
});
