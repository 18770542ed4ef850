import { expect, test } from "vitest";
import { findQuote, withoutMarkup } from "@/markdown/quote";

function found(text: string, quote: string): string[] {
  return findQuote(text, quote).map(({ start, end }) => text.slice(start, end));
}

test.each([
  ["Some bold words here", "**bold** words", "bold words"],
  ["The system shall export CSV.", "- [ ] The system `shall` export", "The system shall export"],
  ["See the guide for more", "See [the guide](docs/guide.md#x) for", "See the guide for"],
  ["one\n  two", "one two", "one\n  two"],
  ["first thing\nsecond thing", "1. first thing\n2. second thing", "first thing\nsecond thing"],
  ["A Yes\nB No", "| A | Yes |\n| --- | --- |\n| B | No |", "A Yes\nB No"],
  ["Épics élargis", "épics _élargis_", "Épics élargis"],
  ["Careful with this", "> [!NOTE]\n> Careful with", "Careful with"],
  ["naïve 𝒳 text", "𝒳 text", "𝒳 text"],
])("in %j the quote %j is %j", (text, quote, expected) => {
  expect(found(text, quote)).toEqual([expected]);
});

test("lines of a quote are found one by one where the whole isn't there", () => {
  const text = "The first sentence stays. Something new. The last sentence stays too.";
  const quote = "The first sentence stays.\nAn older sentence in between.\nThe last sentence stays too.";
  expect(found(text, quote)).toEqual(["The first sentence stays", "The last sentence stays too"]);
});

test("nothing is found of words that aren't there, nor of no words", () => {
  expect(found("Some text", "entirely different words")).toEqual([]);
  expect(found("Some text", "**")).toEqual([]);
});

test("images, footnote marks and fences are no words", () => {
  expect(withoutMarkup("a ![alt](x.png)[^1]\n```python\ncode\n```").replace(/\s+/g, " ").trim()).toBe("a code");
});
