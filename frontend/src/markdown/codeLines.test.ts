import { expect, test } from "vitest";
import { highlightedLines, plainLines } from "@/markdown/codeLines";

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
