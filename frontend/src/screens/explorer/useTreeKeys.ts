import { type KeyboardEvent, useRef } from "react";
import { treeAction } from "@/screens/explorer/treeKeys";
import { type TreeRow, typeAhead } from "@/screens/explorer/treeRows";

const PAUSE_MS = 700;

interface TreeKeys {
  rows: readonly TreeRow[];
  active: number;
  act: (row: TreeRow) => void;
  setExpanded: (key: string, isExpanded: boolean) => void;
  move: (index: number) => void;
}

/** Keys of the tree; letters go to the next row of that name. */
export function useTreeKeys({ rows, active, act, setExpanded, move }: TreeKeys): (event: KeyboardEvent) => void {
  const typed = useRef({ text: "", at: 0 });
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = treeAction(event.key, rows, active);
    if (!action && !/^[\p{L}\p{N}._-]$/u.test(event.key)) return;
    event.preventDefault();
    if (action?.type === "move") return move(action.index);
    if (action?.type === "expand") return setExpanded(action.key, action.isExpanded);
    if (action) return act(action.row);
    const isGoingOn = event.timeStamp - typed.current.at < PAUSE_MS;
    const text = isGoingOn ? typed.current.text + event.key : event.key;
    typed.current = { text, at: event.timeStamp };
    const index = typeAhead(rows, isGoingOn ? active : active + 1, text);
    if (index >= 0) move(index);
  };
}
