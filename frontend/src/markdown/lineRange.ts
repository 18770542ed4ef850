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
