import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { NARROWEST, USUAL, WIDEST, widthAfter, withinBounds } from "@/screens/explorer/treeLayout";
import { classes } from "@/ui/classes";

interface TreeDividerProps {
  width: number;
  onChange: (width: number) => void;
}

/** The edge between tree and document: drawn with the pointer or moved with the arrow keys; a double click undoes it. */
export function TreeDivider({ width, onChange }: TreeDividerProps) {
  const t = useTranslations("explorer.tree");
  const [drag, setDrag] = useState<{ x: number; width: number } | null>(null);
  const press = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ x: event.clientX, width });
  };
  const move = (event: PointerEvent) => {
    if (drag) onChange(withinBounds(drag.width + event.clientX - drag.x));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = widthAfter(event.key, width);
    if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onChange(next);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a line that can be moved has no element of its own
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={t("width")}
      aria-valuenow={width}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      tabIndex={0}
      onPointerDown={press}
      onPointerMove={move}
      onPointerUp={() => setDrag(null)}
      onPointerCancel={() => setDrag(null)}
      onDoubleClick={() => onChange(USUAL.width)}
      onKeyDown={onKeyDown}
      className={classes(
        "-mx-1 relative z-10 w-2 shrink-0 cursor-col-resize touch-none select-none print:hidden",
        "after:absolute after:inset-y-0 after:left-1/2 after:w-0.5 after:-translate-x-1/2 hover:after:bg-accent",
        drag && "after:bg-accent",
      )}
    />
  );
}
