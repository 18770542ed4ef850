import { type RefObject, useLayoutEffect, useState } from "react";

/** Whether an element is at least so many pixels wide; followed as it changes. */
export function useIsWide(ref: RefObject<HTMLElement | null>, width: number): boolean {
  const [isWide, setWide] = useState(false);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setWide(element.clientWidth >= width);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, width]);
  return isWide;
}
