import { describe, expect, test } from "vitest";
import type { SearchHit } from "@/api/documents";
import { groupHits, headingsOf, parseSnippet } from "@/screens/search/hits";

function hit(rank: number, documentId: number, headings: string[] = []): SearchHit {
  return {
    rank,
    score: 0.5,
    project_id: 1,
    document_id: documentId,
    source_id: 1,
    path: `docs/${documentId}.md`,
    title: "Title",
    heading_path: headings,
    anchor: null,
    line_start: 1,
    line_end: 2,
    text: "text",
    snippet: "text",
    kind: "doc",
    artifact_id: null,
    commit_sha: "0",
    also_in: [],
  };
}

test("hits of a document that follow each other are together, the order stays", () => {
  const hits = [hit(1, 7), hit(2, 7), hit(3, 8), hit(4, 7)];
  const groups = groupHits(hits);
  expect(groups.map((group) => group.hits.map((each) => each.rank))).toEqual([[1, 2], [3], [4]]);
  expect(new Set(groups.map((group) => group.key)).size).toBe(3);
  expect(groupHits([])).toEqual([]);
});

test("the title is not repeated among the headings", () => {
  expect(headingsOf(hit(1, 1, ["Title", "Goals"]))).toEqual(["Goals"]);
  expect(headingsOf(hit(1, 1, ["Goals", "Title"]))).toEqual(["Goals", "Title"]);
  expect(headingsOf(hit(1, 1))).toEqual([]);
});

describe("snippets", () => {
  test("marks become marked pieces", () => {
    expect(parseSnippet("the <mark>vector</mark> of a <mark>word</mark>")).toEqual([
      { text: "the ", isMarked: false },
      { text: "vector", isMarked: true },
      { text: " of a ", isMarked: false },
      { text: "word", isMarked: true },
    ]);
  });

  test.each([
    ["a &lt;b&gt; &amp;amp; &quot;c&quot; &#39;d&#x27;", "a <b> &amp; \"c\" 'd'"],
    ["&unknown; &#99999999; &", "&unknown; &#99999999; &"],
    ["&#x1F600;&#1114112;", "😀&#1114112;"],
    ["<img src=x onerror=alert(1)><mark onclick=x>", "<img src=x onerror=alert(1)><mark onclick=x>"],
    ["</mark>x<mark>", "x"],
    ["", ""],
  ])("%s is the text %s", (html, text) => {
    expect(
      parseSnippet(html)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  });
});
