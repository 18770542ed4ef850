import { useLocation } from "@tanstack/react-router";
import { type RefObject, useEffect, useMemo } from "react";
import { currentPosition, type Position, TOP } from "@/markdown/scrolling";

const KEY = "bmadflow.reading";
const KEPT = 60;
const SETTLE_MS = 150;

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** The line of the source at which to begin, where the same document was shown in another way before. */
    line?: number;
  }
}

/**
 * Where the reader was when this entry of the history was left; and remembers where the reader is now. An address that
 * names no place in the document means its top.
 */
export function useReadingPlace(scroller: RefObject<HTMLElement | null>, namesPlace: boolean): Position | undefined {
  const key = useLocation({ select: ({ state }) => state.__TSR_key ?? "" });
  const line = useLocation({ select: ({ state }) => state.line });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const save = () => {
      const parts = element.querySelector("[data-parts]");
      if (parts) remember(key, currentPosition(parts) ?? TOP);
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
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each entry of the history
  return useMemo(() => {
    const first = line === undefined ? TOP : { line };
    return places().get(key) ?? (namesPlace && line === undefined ? undefined : first);
  }, [key]);
}

/** The remembered places, the oldest first. */
function places(): Map<string, Position> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as [string, Position][]);
  } catch {
    return new Map();
  }
}

function remember(key: string, position: Position): void {
  const all = places();
  all.delete(key);
  all.set(key, position);
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...all].slice(-KEPT)));
  } catch {
    // Without storage one begins at the top.
  }
}
