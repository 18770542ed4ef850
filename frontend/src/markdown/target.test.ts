import { afterEach, expect, test } from "vitest";
import { beginningOf, findAnchor, idOf, quoteRanges, showTarget } from "@/markdown/target";

afterEach(() => document.body.replaceChildren());

function body(html: string): HTMLElement {
  const root = document.createElement("div");
  root.innerHTML = html;
  root.dataset.complete = "";
  document.body.append(root);
  return root;
}

test("a quote with markup is found over several elements", () => {
  const root = body('<p>The <strong>system</strong> shall <a href="#">export</a> CSV.</p>');
  const ranges = quoteRanges([...root.children], "**system** shall [export](x.md) CSV");
  expect(ranges.map(String)).toEqual(["system shall export CSV"]);
});

test("text that was added to a block is no part of it", () => {
  const root = body("<p>one <span data-added>noise</span>two</p>");
  const [range] = quoteRanges([...root.children], "one two");
  expect(range?.startContainer.textContent).toBe("one ");
  expect(range?.endContainer.textContent).toBe("two");
});

test("ids of documents can't be taken for the page's own", () => {
  const root = body(`<h2 id="${idOf("main")}">Main</h2><p id="${idOf("1.2:b")}">x</p>`);
  expect(document.getElementById("main")).toBeNull();
  expect(findAnchor(root, "main")?.textContent).toBe("Main");
  expect(findAnchor(root, "1.2:b")?.textContent).toBe("x");
  expect(findAnchor(root, "nothing")).toBeNull();
});

test("the blocks on the lines are marked until the target is left", async () => {
  const root = body('<div><p data-lines="1-1">a</p><p data-lines="3-4">b</p><p data-lines="6-6">c</p></div>');
  const controller = new AbortController();
  await showTarget(root, { lines: [4, 5] }, false, controller.signal);
  const marked = () => [...root.querySelectorAll(".is-marked")].map((each) => each.textContent);
  expect(marked()).toEqual(["b"]);
  controller.abort();
  expect(marked()).toEqual([]);
});

test("what hides the target is opened", async () => {
  const root = body('<details><summary>s</summary><p data-lines="2-2">hidden</p></details>');
  await showTarget(root, { lines: [2, 2] }, false, new AbortController().signal);
  expect(root.querySelector("details")?.open).toBe(true);
});

test("a marked place is read from its heading where both are seen together", () => {
  const at = (top: number) => ({ getBoundingClientRect: () => ({ top }) }) as Element;
  expect(beginningOf(at(600), at(480))).toBe(480);
  expect(beginningOf(at(600), at(100))).toBe(520);
  expect(beginningOf(at(600), at(700))).toBe(520);
  expect(beginningOf(at(600), null)).toBe(520);
});
