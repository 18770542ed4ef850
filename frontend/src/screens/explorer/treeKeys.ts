import { parentIndex, type TreeRow } from "@/screens/explorer/treeRows";

/** What a key does in the tree. */
export type TreeAction =
  | { type: "move"; index: number }
  | { type: "expand"; key: string; isExpanded: boolean }
  | { type: "act"; row: TreeRow };

/** The ARIA pattern for trees, apart from typing names; null for keys that mean nothing there. */
export function treeAction(key: string, rows: readonly TreeRow[], active: number): TreeAction | null {
  const row = rows[active];
  if (!row) return null;
  switch (key) {
    case "ArrowDown":
      return moveTo(Math.min(active + 1, rows.length - 1));
    case "ArrowUp":
      return moveTo(Math.max(active - 1, 0));
    case "Home":
      return moveTo(0);
    case "End":
      return moveTo(rows.length - 1);
    case "ArrowRight":
      if (row.file) return null;
      if (!row.isExpanded) return { type: "expand", key: row.key, isExpanded: true };
      return (rows[active + 1]?.level ?? 0) > row.level ? moveTo(active + 1) : null;
    case "ArrowLeft":
      if (row.isExpanded) return { type: "expand", key: row.key, isExpanded: false };
      return parentIndex(rows, active) < 0 ? null : moveTo(parentIndex(rows, active));
    case "Enter":
    case " ":
      return { type: "act", row };
    default:
      return null;
  }
}

function moveTo(index: number): TreeAction {
  return { type: "move", index };
}
