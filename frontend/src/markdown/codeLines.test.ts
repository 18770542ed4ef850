import { expect, test } from "vitest";
import { highlightedLines, markdownLines, plainLines } from "@/markdown/codeLines";

const texts = (lines: Node[][]) => lines.map((line) => line.map((node) => node.textContent).join(""));

test("text is split at its line ends", () => {
  expect(texts(plainLines("a\n\nb\n"))).toEqual(["a", "", "b"]);
  expect(texts(plainLines(""))).toEqual([""]);
});

test("highlighted code keeps its spans and its targets", () => {
  const html =
    '<pre class="highlight"><code><a class="key-anchor" id="k"></a><span class="nt">k</span>:\n  <span class="l">v</span>\n\nx</code></pre>';
  const lines = highlightedLines(html);
  expect(texts(lines)).toEqual(["k:", "  v", "", "x"]);
  expect(lines[0]?.[0]).toMatchObject({ id: "user-content-k" });
  expect(lines[1]?.[1]).toMatchObject({ className: "l" });
});

const coloured = (line: Node[] | undefined) =>
  line?.map((node) => (node instanceof Element ? `${node.className}(${node.textContent})` : node.textContent));

test.each([
  ["## Title", ["gh(## Title)"]],
  ["> quoted", ["c(> quoted)"]],
  ["- [x] **done** at last", ["k(- [x])", " ", "gs(**done**)", " at last"]],
  ["10. see [this](a.md) and ![that](b.png)", ["k(10.)", " see ", "nf([this](a.md))", " and ", "nf(![that](b.png))"]],
  ["a `b` and ``c`d`` e", ["a ", "s(`b`)", " and ", "s(``c`d``)", " e"]],
  ["2 * 3 ** 4, ` alone, [no link]", ["2 * 3 ** 4, ` alone, [no link]"]],
])("Markdown in colours: %s", (line, expected) => {
  expect(coloured(markdownLines(line)[0])).toEqual(expected);
});

test("Markdown within fences is code, and no text is lost", () => {
  const text = "```md\n# no heading\n````text\n\n```\n# heading\n";
  const lines = markdownLines(text);
  expect(texts(lines).join("\n")).toBe(text.trimEnd());
  expect(coloured(lines[1])).toEqual(["s(# no heading)"]);
  expect(coloured(lines[5])).toEqual(["gh(# heading)"]);
  const long = "[".repeat(50_000);
  expect(coloured(markdownLines(long)[0])).toEqual([long]);
});
