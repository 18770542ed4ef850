import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import { insertParts } from "@/markdown/insertion";
import { currentPosition, type Position, scrollerOf } from "@/markdown/scrolling";
import { restorePosition, showTarget, type Target } from "@/markdown/target";

type Builds = (scroller: Element, signal: AbortSignal) => (() => HTMLElement)[];

interface PartsOptions {
  /** Makes the builders of the document's parts; a new function means new content. */
  builds: Builds;
  target: Target | undefined;
  /** Where to begin instead of at the target. */
  start: Position | undefined;
}

/**
 * Shows parts in the returned element, a few at a time, and the target in them. When the content is replaced, by a sync,
 * the view stays where it is.
 */
export function useParts({ builds, target, start }: PartsOptions): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  const left = useRef<Position | null>(null);
  useLayoutEffect(() => {
    const container = ref.current;
    if (!container) return;
    const controller = new AbortController();
    insertParts(container, builds(scrollerOf(container), controller.signal), controller.signal);
    if (left.current) void restorePosition(container, left.current, controller.signal);
    return () => {
      left.current = currentPosition(container);
      controller.abort();
    };
  }, [builds]);
  const reached = useRef<{ target: Target | undefined; start: Position | undefined } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new content has to be marked again
  useEffect(() => {
    const container = ref.current;
    if (!container) return;
    const controller = new AbortController();
    const { signal } = controller;
    const isNew = reached.current?.target !== target || reached.current?.start !== start;
    const arrive = async () => {
      if (isNew && start) await restorePosition(container, start, signal);
      if (target) await showTarget(container, target, isNew && !start, signal);
      if (!signal.aborted) reached.current = { target, start };
    };
    void arrive();
    return () => controller.abort();
  }, [target, start, builds]);
  return ref;
}
