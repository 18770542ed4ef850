import { whenInserted } from "@/markdown/insertion";
import { blocksAt, linesOf, pointOf } from "@/markdown/lineRange";
import { findQuote } from "@/markdown/quote";
import { type Position, scrollerOf, scrollUntilSettled, TOP } from "@/markdown/scrolling";

/** What to show and mark when the document opens; lines are 1-based and inclusive, the quote is Markdown source. */
export interface Target {
  anchor?: string | null;
  lines?: [number, number];
  quote?: string;
}

const ID_PREFIX = "user-content-";
const HIGHLIGHT = "quote";
const ANCHOR_GAP = 16;
const MARK_GAP = 96;
const HEADING_REACH = 240; // pixels between a heading and what is marked below it, so that both are seen together
const MARKED = "is-marked";

/** Ids of a document stand apart from the page's own: a heading "Main" must not become `#main`. */
export const idOf = (anchor: string) => `${ID_PREFIX}${anchor}`;

export function findAnchor(container: Element, anchor: string): HTMLElement | null {
  return container.querySelector<HTMLElement>(`#${CSS.escape(idOf(anchor))}`);
}

/** Marks the target and, where `isScrolled`, brings it into view as soon as it has been inserted. */
export async function showTarget(
  container: HTMLElement,
  target: Target,
  isScrolled: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { anchor, lines } = target;
  if (lines) {
    const blocks = await whenInserted(container, () => insertedBlocks(container, lines), signal);
    if (blocks?.length) return mark(container, blocks, target, isScrolled, signal);
  }
  if (!anchor || !isScrolled) return;
  await revealAnchor(container, anchor, signal);
}

/** Scrolls to an anchor, opening what hides it. Gives its element; null where the document has none of that name. */
export async function revealAnchor(
  container: HTMLElement,
  anchor: string,
  signal: AbortSignal,
): Promise<HTMLElement | null> {
  const element = await whenInserted(container, () => findAnchor(container, anchor), signal);
  if (!element) return null;
  openAround(element);
  scrollUntilSettled(scrollerOf(container), () => element.getBoundingClientRect(), ANCHOR_GAP, signal);
  return element;
}

/** Brings the view back to where it was. */
export async function restorePosition(container: HTMLElement, position: Position, signal: AbortSignal): Promise<void> {
  if ("line" in position && position.line > 0) return revealLine(container, position.line, signal);
  const { part: index, offset } = "part" in position ? position : TOP;
  const part = await whenInserted(container, () => container.children[index] ?? null, signal);
  if (part) scrollUntilSettled(scrollerOf(container), () => part.getBoundingClientRect(), -offset, signal);
}

/** Brings a line of the source to the top of the view: its block, or the next one for a line between blocks. */
async function revealLine(container: HTMLElement, line: number, signal: AbortSignal): Promise<void> {
  await whenInserted(container, () => insertedBlocks(container, [line, line]), signal);
  const blocks = [...container.querySelectorAll("[data-lines]")];
  const block = blocksAt(container, [line, line])[0] ?? blocks.find((each) => (linesOf(each)?.[0] ?? 0) > line);
  if (!block || signal.aborted) return;
  openAround(block);
  scrollUntilSettled(scrollerOf(container), () => ({ top: pointOf(block, line) }), 0, signal);
}

/** Moves the focus to where a link led, so that the keyboard goes on from there. */
export function focusAt(element: HTMLElement): void {
  if (!element.matches("a[href], button, input, summary")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** The blocks on the lines once the parts reach beyond them. */
function insertedBlocks(container: HTMLElement, lines: [number, number]): Element[] | null {
  const last = [...(container.lastElementChild?.querySelectorAll("[data-lines]") ?? [])].at(-1);
  const reaches = (last && linesOf(last)?.[1]) ?? 0;
  if (reaches <= lines[1] && container.dataset.complete === undefined) return null;
  return blocksAt(container, lines);
}

function mark(
  container: HTMLElement,
  blocks: Element[],
  { anchor, quote }: Target,
  isScrolled: boolean,
  signal: AbortSignal,
): void {
  for (const block of blocks) {
    block.classList.add(MARKED);
    openAround(block);
  }
  const ranges = quote ? quoteRanges(blocks, quote) : [];
  if (ranges.length > 0 && CSS.highlights) CSS.highlights.set(HIGHLIGHT, new Highlight(...ranges));
  signal.addEventListener("abort", () => {
    for (const block of blocks) block.classList.remove(MARKED);
    if (CSS.highlights) CSS.highlights.delete(HIGHLIGHT);
  });
  const place = ranges[0] ?? blocks[0];
  if (isScrolled && place) {
    const heading = anchor ? findAnchor(container, anchor) : null;
    scrollUntilSettled(scrollerOf(container), () => ({ top: beginningOf(place, heading) }), ANCHOR_GAP, signal);
  }
}

/** The height (in pixels of the window) to read a place from: its heading's, or that of some lines before it. */
export function beginningOf(place: Range | Element, heading: Element | null): number {
  const { top } = place.getBoundingClientRect();
  const above = heading ? top - heading.getBoundingClientRect().top : -1;
  return above >= 0 && above <= HEADING_REACH ? top - above : top - (MARK_GAP - ANCHOR_GAP);
}

/** Where the quote stands in the blocks, as ranges over their text. */
export function quoteRanges(blocks: readonly Element[], quote: string): Range[] {
  const nodes = textNodes(blocks);
  const starts: number[] = [];
  let text = "";
  for (const node of nodes) {
    starts.push(text.length);
    text += node.data;
  }
  const at = (place: number): [Text, number] | null => {
    let index = starts.findLastIndex((start) => start <= place);
    while (index > 0 && nodes[index]?.data.length === 0) index -= 1;
    const node = nodes[index];
    return node ? [node, place - (starts[index] ?? 0)] : null;
  };
  return findQuote(text, quote).flatMap(({ start, end }) => {
    const from = at(start);
    const to = at(end - 1);
    if (!from || !to) return [];
    const range = document.createRange();
    range.setStart(from[0], from[1]);
    range.setEnd(to[0], to[1] + 1);
    return [range];
  });
}

/** The texts of blocks, each once, without what was added to them (formulas, buttons). */
function textNodes(blocks: readonly Element[]): Text[] {
  const nodes = new Set<Text>();
  for (const block of blocks) {
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.parentElement?.closest("[data-added], .footnote-ref")) nodes.add(node as Text);
    }
  }
  return [...nodes];
}

function openAround(element: Element): void {
  for (let around = element.closest("details"); around; around = around.parentElement?.closest("details") ?? null) {
    around.open = true;
  }
}
