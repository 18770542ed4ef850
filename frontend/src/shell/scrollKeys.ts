import { useEffect } from "react";

const KEYS: ReadonlySet<string> = new Set([" ", "ArrowDown", "ArrowUp", "End", "Home", "PageDown", "PageUp"]);
const HAS_USE_FOR_THEM =
  "input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox], [role=tree]";
const HAS_USE_FOR_SPACE = "button, summary, [role=button]";

/**
 * Lets the keys that scroll reach what scrolls in the screen when the focus is elsewhere. The page itself never scrolls,
 * so a browser would do nothing with them after loading or after a click in the bar. The focus moves only once such a
 * key is pressed: until then Tab begins at the top of the page.
 */
export function useScrollKeys(): void {
  useEffect(() => {
    const forward = (event: KeyboardEvent) => {
      const main = document.getElementById("main");
      if (!main || !isUnused(event)) return;
      const scroller = scrollerInTheMiddle(main);
      if (scroller) focusQuietly(scroller); // and then the browser does with the key what it does in a scroller
    };
    document.addEventListener("keydown", forward);
    return () => document.removeEventListener("keydown", forward);
  }, []);
}

/** Whether a key that scrolls would do nothing where the focus is. */
export function isUnused(event: KeyboardEvent): boolean {
  const { target } = event;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (!KEYS.has(event.key) || !(target instanceof Element)) return false;
  if (target.closest(HAS_USE_FOR_THEM) || (event.key === " " && target.closest(HAS_USE_FOR_SPACE))) return false;
  return !selfAndAncestors(target).some(scrolls);
}

/** The outer one of several: a list in a document isn't the document. */
function scrollerInTheMiddle(main: HTMLElement): HTMLElement | null {
  const { left, top, width, height } = main.getBoundingClientRect();
  const inMain = document.elementsFromPoint(left + width / 2, top + height / 2).find((each) => main.contains(each));
  const around = inMain ? selfAndAncestors(inMain).filter((each) => main.contains(each)) : [];
  return around.findLast(scrolls) ?? null;
}

function scrolls(element: HTMLElement): boolean {
  return element.scrollHeight > element.clientHeight && /auto|scroll/.test(getComputedStyle(element).overflowY);
}

function selfAndAncestors(element: Element): HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let around: Element | null = element; around; around = around.parentElement) {
    if (around instanceof HTMLElement) found.push(around);
  }
  return found;
}

/** Without a frame around the whole screen, which would say nothing. */
function focusQuietly(element: HTMLElement): void {
  element.tabIndex = -1;
  element.classList.add("outline-none");
  element.focus({ preventScroll: true });
}
