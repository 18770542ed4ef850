import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

const NEAR_PX = 48;

interface StickToBottom {
  /** What scrolls, and what is in it. */
  frame: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  isAtBottom: boolean;
  toBottom: () => void;
  /** Show this part from its beginning, and stay there. */
  showFrom: (part: Element | null | undefined) => void;
  /** Stay where it is from now on, whatever grows. */
  release: () => void;
}

/** Keeps the end of a growing list in sight until someone scrolls up; `subject` changing begins at the end again. */
export function useStickToBottom(subject: unknown): StickToBottom {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sticks = useRef(true);
  const [isAtBottom, setAtBottom] = useState(true);
  const toBottom = useCallback(() => {
    sticks.current = true;
    if (frame.current) frame.current.scrollTop = frame.current.scrollHeight;
  }, []);
  const release = useCallback(() => {
    sticks.current = false;
  }, []);
  const showFrom = useCallback((part: Element | null | undefined) => {
    sticks.current = false;
    part?.scrollIntoView({ block: "start" });
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another subject has another frame
  useEffect(() => {
    const { current: box } = frame;
    if (!box || !content.current) return;
    const look = () => {
      const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
      sticks.current = isNear;
      setAtBottom(isNear);
    };
    const follow = new ResizeObserver(() => {
      if (sticks.current) toBottom();
      else setAtBottom(box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX);
    });
    toBottom();
    look(); // no scroll event tells of a list that fits
    box.addEventListener("scroll", look, { passive: true });
    follow.observe(content.current);
    return () => {
      box.removeEventListener("scroll", look);
      follow.disconnect();
    };
  }, [subject, toBottom]);
  return { frame, content, isAtBottom, toBottom, showFrom, release };
}
