import { renderToStaticMarkup } from "react-dom/server";
import Markdown from "react-markdown";
import remarkGfm from "remark-gfm";
import { expect, test } from "vitest";
import { citationMarks } from "@/screens/chat/citationMarks";

/** The HTML of an answer in which each recognised mark n stands as {n}. */
function render(text: string, ...numbers: number[]): string {
  const components = { cite: (props: object) => <>{`{${(props as { "data-n": string })["data-n"]}}`}</> };
  return renderToStaticMarkup(
    <Markdown remarkPlugins={[remarkGfm, [citationMarks, { numbers: new Set(numbers) }]]} components={components}>
      {text}
    </Markdown>,
  ).replaceAll("\n", "");
}

test("marks of known citations are recognised, side by side too", () => {
  expect(render("So it is [1][2], or [3]. [12]", 1, 2, 12)).toBe("<p>So it is {1}{2}, or [3]. {12}</p>");
});

test("marks stand in quotes, lists, tables and emphasis", () => {
  expect(render("> a\n> b [1]\n\n- **c [2]**", 1, 2)).toBe(
    "<blockquote><p>ab {1}</p></blockquote><ul><li><strong>c {2}</strong></li></ul>",
  );
  expect(render("| a |\n| - |\n| b [1] |", 1)).toContain("<td>b {1}</td>");
});

test("what is escaped was quoted, not meant", () => {
  expect(render("> see \\[1] there [1]", 1)).toBe("<blockquote><p>see [1] there {1}</p></blockquote>");
  expect(render("a \\\\[1]", 1)).toBe("<p>a \\{1}</p>");
  expect(render("&#91;1] and [1]", 1)).toBe("<p>[1] and [1]</p>");
});

test("code and links stay as they are", () => {
  expect(render("`a[1]`\n\n```\nb[1]\n```", 1)).toBe("<p><code>a[1]</code></p><pre><code>b[1]</code></pre>");
  expect(render("[see [1] here](https://example.org)", 1)).toBe(
    '<p><a href="https://example.org">see [1] here</a></p>',
  );
});

test("an answer can't give a mark another meaning", () => {
  expect(render("So [1].\n\n[1]: https://example.org", 1)).toBe("<p>So {1}.</p>");
});

test("without citations there are no marks", () => {
  expect(render("a [1]")).toBe("<p>a [1]</p>");
});
