import { expect, test } from "vitest";
import { estimatedHeight, parseInert, splitIntoParts } from "@/markdown/parts";

const words = (count: number) => "word ".repeat(count);

test("a short document is one part", () => {
  expect(splitIntoParts("<h1>A</h1><p>b</p><h2>C</h2>")).toHaveLength(1);
});

test("a long one is split before headings, and loses nothing", () => {
  const html = Array.from(
    { length: 20 },
    (_, at) => `<h2 id="h${at}">H</h2><p>${words(300)}</p><p>${words(300)}</p>`,
  ).join("");
  const parts = splitIntoParts(html);
  expect(parts.length).toBeGreaterThan(5);
  expect(parts.every((part) => part.startsWithHeading)).toBe(true);
  const all = parts.flatMap((part) => part.nodes);
  expect(all).toHaveLength(60);
});

test("text without headings is split too", () => {
  const parts = splitIntoParts(Array.from({ length: 10 }, () => `<p>${words(800)}</p>`).join(""));
  expect(parts.length).toBeGreaterThan(3);
});

test("alignment is kept without a style attribute, and text that looks like one is left alone", () => {
  const body = parseInert(
    '<table><tbody><tr><td style="text-align:right">1</td></tr></tbody></table><p>&lt;td style="text-align:right"</p>',
  );
  expect(body.querySelector("td")?.outerHTML).toBe('<td align="right">1</td>');
  expect(body.querySelector("p")?.textContent).toBe('<td style="text-align:right"');
});

test("more content is higher", () => {
  const height = (html: string) => estimatedHeight([...parseInert(html).childNodes]);
  expect(height(`<p>${words(200)}</p>`)).toBeGreaterThan(height("<p>word</p>"));
  expect(height("<table><tbody><tr></tr><tr></tr></tbody></table>")).toBe(92);
});
