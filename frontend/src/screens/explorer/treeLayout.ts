import { useCallback, useState } from "react";

/** How the tree stands beside the document; the width is in pixels. */
export interface TreeLayout {
  width: number;
  isShown: boolean;
}

export const NARROWEST = 200;
export const WIDEST = 480;
export const USUAL: TreeLayout = { width: 288, isShown: true };
const KEY = "bmadflow.treeLayout";
const STEP = 16;

/** The layout that was chosen in this browser; what can't be read counts as not chosen. */
export function readLayout(): TreeLayout {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<TreeLayout> | null;
    return {
      width: typeof stored?.width === "number" ? withinBounds(stored.width) : USUAL.width,
      isShown: typeof stored?.isShown === "boolean" ? stored.isShown : USUAL.isShown,
    };
  } catch {
    return USUAL;
  }
}

export function withinBounds(width: number): number {
  return Math.round(Math.min(WIDEST, Math.max(NARROWEST, width)));
}

/** The width that a key of the divider leads to; null for keys that mean nothing there. */
export function widthAfter(key: string, width: number): number | null {
  switch (key) {
    case "ArrowLeft":
      return withinBounds(width - STEP);
    case "ArrowRight":
      return withinBounds(width + STEP);
    case "Home":
      return NARROWEST;
    case "End":
      return WIDEST;
    default:
      return null;
  }
}

/** The tree's layout, kept in this browser. */
export function useTreeLayout(): [TreeLayout, (changes: Partial<TreeLayout>) => void] {
  const [layout, setLayout] = useState(readLayout);
  const change = useCallback((changes: Partial<TreeLayout>) => {
    setLayout((before) => {
      const next = { ...before, ...changes };
      store(next);
      return next;
    });
  }, []);
  return [layout, change];
}

function store(layout: TreeLayout): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(layout));
  } catch {
    // A browser that stores nothing keeps the layout until the screen is left.
  }
}
