import { useLocation } from "@tanstack/react-router";
import { type RefObject, useEffect, useMemo } from "react";
import { currentPosition, type Position } from "@/markdown/scrolling";

const KEY = "bmadflow.reading";
const KEPT = 60;
const SETTLE_MS = 150;

/** Where the reader was when this entry of the history was left; and remembers where the reader is now. */
export function useReadingPlace(scroller: RefObject<HTMLElement | null>): Position | undefined {
  const key = useLocation({ select: ({ state }) => state.__TSR_key ?? "" });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const save = () => {
      const parts = element.querySelector("[data-parts]");
      if (parts) remember(key, currentPosition(parts));
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(save, SETTLE_MS);
    };
    element.addEventListener("scroll", soon, { passive: true });
    return () => {
      clearTimeout(timer);
      element.removeEventListener("scroll", soon);
    };
  }, [scroller, key]);
  return useMemo(() => places().get(key), [key]);
}

/** The remembered places, the oldest first. */
function places(): Map<string, Position> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as [string, Position][]);
  } catch {
    return new Map();
  }
}

function remember(key: string, position: Position | null): void {
  const all = places();
  all.delete(key);
  if (position) all.set(key, position);
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...all].slice(-KEPT)));
  } catch {
    // Without storage one begins at the top.
  }
}
