type Lines = [number, number];

/** The lines that a rendered block comes from, as the server marks it (`data-lines`). */
export function linesOf(element: Element): Lines | null {
  const match = /^(\d+)-(\d+)$/.exec(element.getAttribute("data-lines") ?? "");
  return match ? [Number(match[1]), Number(match[2])] : null;
}

export function overlaps(a: Lines, b: Lines): boolean {
  return a[0] <= b[1] && b[0] <= a[1];
}

/**
 * The smallest blocks in `root` that overlap the lines, in order: a list item rather than its list. A block is taken
 * whole where none of its own blocks overlaps.
 */
export function blocksAt(root: Element, lines: Lines): Element[] {
  const overlapping = [...root.querySelectorAll("[data-lines]")].filter((element) => {
    const own = linesOf(element);
    return own !== null && overlaps(own, lines);
  });
  const outer = new Set<Element>();
  for (const element of overlapping) {
    const around = element.parentElement?.closest("[data-lines]");
    if (around) outer.add(around);
  }
  return overlapping.filter((element) => !outer.has(element) || hasOwnText(element, lines));
}

/** Whether an item with blocks inside begins on the lines with words of its own ("done task" before a nested list). */
function hasOwnText(element: Element, lines: Lines): boolean {
  const own = linesOf(element);
  if (element.tagName !== "LI" || !own || own[0] < lines[0] || own[0] > lines[1]) return false;
  return [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
}

/** The height of the window at which a line of a block begins, if all its lines were equally high. */
export function pointOf(block: Element, line: number): number {
  const { top, height } = block.getBoundingClientRect();
  const [first, last] = linesOf(block) ?? [line, line];
  const share = Math.max(0, line - first) / (last - first + 1);
  return top + height * Math.min(1, share);
}

/** The line of the source at a height of the window: of the smallest block there, or of the next one below. */
export function lineAt(blocks: readonly Element[], y: number): number | null {
  const through = blocks.findLast((block) => {
    const { top, bottom } = block.getBoundingClientRect();
    return top <= y && y < bottom;
  });
  const block = through ?? blocks.find((each) => each.getBoundingClientRect().top > y);
  const lines = block && linesOf(block);
  if (!block || !lines) return null;
  const { top, height } = block.getBoundingClientRect();
  const share = height > 0 ? Math.max(0, y - top) / height : 0;
  return Math.min(lines[1], lines[0] + Math.floor(share * (lines[1] - lines[0] + 1)));
}
