import { expect, test } from "vitest";
import type { Citation } from "@/api/chat";
import { answerAsMarkdown } from "@/screens/chat/answerMarkdown";

const words = { sources: "Sources:", lines: (from: number, to: number) => `lines ${from}–${to}` };
const citation = {
  n: 1,
  path: "docs/a_b (1).md",
  heading_path: ["Goals [draft]", "One"],
  line_start: 3,
  line_end: 5,
} as Citation;

test("the answer's own Markdown, then its sources as links", () => {
  const address = (each: Citation) => `http://hub.test/docs/${encodeURIComponent(each.path)}?lines=3-5`;
  expect(answerAsMarkdown({ content: "**Yes** [1]\n\n", sources: [citation] }, address, words)).toBe(
    "**Yes** [1]\n\nSources:\n\n" +
      "1. [docs/a\\_b (1).md › Goals \\[draft\\] › One](<http://hub.test/docs/docs%2Fa_b%20(1).md?lines=3-5>), lines 3–5\n",
  );
});

test("an answer without sources stands alone", () => {
  expect(answerAsMarkdown({ content: "No.", sources: [] }, () => "", words)).toBe("No.\n");
});
