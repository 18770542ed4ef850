import { type RefObject, useEffect, useState } from "react";
import type { TocEntry } from "@/api/documents";
import { partAt } from "@/markdown/scrolling";

const READING_LINE = 100;

/** The heading under which the reader is; documents without headings of their own (data) go by the address. */
export function useActiveHeading(
  entries: readonly TocEntry[],
  scroller: RefObject<HTMLElement | null>,
  hash: string,
): string {
  const [active, setActive] = useState("");
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const listed = new Set(entries.map((entry) => entry.anchor));
    let frame = 0;
    const look = () => {
      frame = 0;
      const parts = element.querySelector(".markdown[data-parts]");
      if (parts) setActive(headingAt(parts, element.getBoundingClientRect().top + READING_LINE, listed));
    };
    const soon = () => {
      frame ||= requestAnimationFrame(look);
    };
    soon();
    element.addEventListener("scroll", soon, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("scroll", soon);
    };
  }, [entries, scroller]);
  return active || hash;
}

/** The last listed heading that begins above `y`. Only the part there is measured: the others needn't be laid out. */
function headingAt(parts: Element, y: number, listed: ReadonlySet<string>): string {
  const at = partAt(parts, y);
  for (let index = at; index >= 0; index--) {
    const headings = [...(parts.children[index]?.querySelectorAll<HTMLElement>("[data-heading]") ?? [])]
      .filter((heading) => listed.has(heading.dataset.heading ?? ""))
      .reverse();
    const found = index < at ? headings[0] : headings.find((heading) => heading.getBoundingClientRect().top <= y);
    if (found) return found.dataset.heading ?? "";
  }
  return "";
}
