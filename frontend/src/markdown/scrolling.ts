import { lineAt } from "@/markdown/lineRange";

/** A place in a document that survives another layout: the part at the top, and how far down it the view begins. */
export interface PartPosition {
  part: number;
  offset: number;
}

/** Where to begin reading: also at a line of the source, which the source and the rendered text have in common. */
export type Position = PartPosition | { line: number };

/** Above all parts, whatever stands over them. */
export const TOP: PartPosition = { part: 0, offset: -1_000_000 };

const STABLE_FRAMES = 8;
const MOST_FRAMES = 90;
const INTERRUPTIONS = ["wheel", "touchstart", "pointerdown", "keydown"] as const;

/** The element around that scrolls; the page's where none does. */
export function scrollerOf(element: Element): Element {
  for (let around = element.parentElement; around; around = around.parentElement) {
    if (/(auto|scroll)/.test(getComputedStyle(around).overflowY)) return around;
  }
  return document.documentElement;
}

/** Where the view stands in the parts of `container`; null at the very top. */
export function currentPosition(container: Element): PartPosition | null {
  const scroller = scrollerOf(container);
  if (scroller.scrollTop <= 0) return null;
  const top = scroller.getBoundingClientRect().top;
  const part = partAt(container, top);
  const element = container.children[part];
  return element ? { part, offset: top - element.getBoundingClientRect().top } : null;
}

/** The part that a height of the window (in pixels) goes through: the last one that begins above it. */
export function partAt(container: Element, y: number): number {
  let low = 0;
  let high = container.children.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((container.children[middle]?.getBoundingClientRect().top ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The line of the source at the top of the view, 0 at the very top; null where what is shown says no lines. */
export function currentLine(container: Element): number | null {
  const scroller = scrollerOf(container);
  if (scroller.scrollTop <= 0) return 0;
  const y = scroller.getBoundingClientRect().top + 1;
  const at = partAt(container, y);
  const parts = [...container.children].slice(at, at + 2);
  return lineAt(
    parts.flatMap((part) => [...part.querySelectorAll("[data-lines]")]),
    y,
  );
}

/**
 * Scrolls until `place` stands `gap` pixels below the scroller's top, and corrects while what comes into view is laid out
 * for the first time. Stops as soon as someone scrolls.
 */
export function scrollUntilSettled(
  scroller: Element,
  place: () => { top: number },
  gap: number,
  signal: AbortSignal,
): void {
  let stable = 0;
  let frames = 0;
  const stop = new AbortController();
  const step = () => {
    if (signal.aborted || stop.signal.aborted) return;
    const before = scroller.scrollTop;
    const away = place().top - scroller.getBoundingClientRect().top - gap;
    if (Math.abs(away) > 1) scroller.scrollTop += away;
    stable = Math.abs(scroller.scrollTop - before) > 1 ? 0 : stable + 1;
    frames += 1;
    if (stable < STABLE_FRAMES && frames < MOST_FRAMES) requestAnimationFrame(step);
    else stop.abort();
  };
  const options = { once: true, passive: true, signal: stop.signal } as const;
  for (const name of INTERRUPTIONS) scroller.addEventListener(name, () => stop.abort(), options);
  step();
}
