import { expect, test } from "vitest";
import { blocksAt, lineAt, overlaps, pointOf } from "@/markdown/lineRange";

function body(html: string): HTMLElement {
  const root = document.createElement("div");
  root.innerHTML = html;
  return root;
}

const LIST = `
  <p data-lines="1-2">Intro</p>
  <ul data-lines="4-7">
    <li data-lines="4-4">one</li>
    <li data-lines="5-6">two <ul data-lines="6-6"><li data-lines="6-6">inner</li></ul></li>
    <li data-lines="7-7">three</li>
  </ul>`;

function texts(html: string, lines: [number, number]): string[] {
  return blocksAt(body(html), lines).map((each) => each.textContent?.replace(/\s+/g, " ").trim() ?? "");
}

test("lines overlap when they share at least one", () => {
  expect(overlaps([1, 3], [3, 9])).toBe(true);
  expect(overlaps([1, 2], [3, 9])).toBe(false);
});

test("the smallest blocks are taken, not the list around them", () => {
  expect(texts(LIST, [4, 4])).toEqual(["one"]);
  expect(texts(LIST, [6, 7])).toEqual(["inner", "three"]);
});

test("an item with words of its own counts beside its inner list", () => {
  expect(texts(LIST, [5, 6])).toEqual(["two inner", "inner"]);
});

test("a block is taken whole where nothing inside it says more", () => {
  expect(texts(LIST, [2, 3])).toEqual(["Intro"]);
  expect(texts(LIST, [40, 50])).toEqual([]);
});

/** A block of lines that stands at a height of the window. */
function blockAt(lines: string, top: number, height: number): Element {
  const block = document.createElement("p");
  block.dataset.lines = lines;
  block.getBoundingClientRect = () => new DOMRect(0, top, 100, height);
  return block;
}

test("the line at a height is that of the smallest block there, or of the next below", () => {
  const blocks = [blockAt("1-2", -50, 40), blockAt("4-13", 0, 100), blockAt("4-8", 0, 50), blockAt("20-20", 200, 20)];
  expect([0, 25, 60, 99, 150].map((y) => lineAt(blocks, y))).toEqual([4, 6, 10, 13, 20]);
  expect(lineAt(blocks, 500)).toBeNull();
});

test("a line's height is its share of the block's", () => {
  const block = blockAt("4-13", 10, 100);
  expect([1, 4, 9].map((line) => pointOf(block, line))).toEqual([10, 10, 60]);
});
