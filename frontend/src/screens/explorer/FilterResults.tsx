import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import type { Place } from "@/screens/explorer/place";
import type { TreeFile } from "@/screens/explorer/treeRows";
import { classes } from "@/ui/classes";
import { StatusDot } from "@/ui/DocumentStatus";
import { KindIcon } from "@/ui/KindIcon";

interface Found {
  item: TreeFile;
  positions: number[];
}

interface FilterResultsProps {
  id: string;
  found: readonly Found[];
  /** How many fit, shown or not. */
  total: number;
  active: number;
  onOpen: (place: Place) => void;
}

/** The files whose path fits what was typed, the best first. */
export function FilterResults({ id, found, total, active, onOpen }: FilterResultsProps) {
  const t = useTranslations("explorer.tree");
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div className="min-h-0 grow overflow-y-auto px-2 pb-2">
      <p role="status" className="px-2 py-1 text-muted text-xs">
        {t("found", { count: total })}
      </p>
      <div ref={list} id={id} role="listbox" aria-label={t("filter")}>
        {found.map((each, index) => (
          <Option
            key={`${each.item.sourceId}:${each.item.path}`}
            id={`${id}-${index}`}
            found={each}
            isActive={index === active}
            onOpen={onOpen}
          />
        ))}
      </div>
      {total > found.length && (
        <p className="px-2 py-1 text-muted text-xs">{t("more", { count: total - found.length })}</p>
      )}
    </div>
  );
}

interface OptionProps {
  id: string;
  found: Found;
  isActive: boolean;
  onOpen: (place: Place) => void;
}

function Option({ id, found: { item, positions }, isActive, onOpen }: OptionProps) {
  const nameAt = item.path.lastIndexOf("/") + 1;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above hears the keys
    <div
      id={id}
      role="option"
      aria-selected={isActive}
      tabIndex={-1}
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onOpen(item)}
      className={classes(
        "flex cursor-pointer items-start gap-2 rounded-md px-2 py-1 hover:bg-hover",
        isActive && "bg-selected",
      )}
    >
      <span className="mt-0.5 inline-flex">
        <KindIcon kind={item.node.kind} />
      </span>
      <span className="min-w-0 grow">
        <span className="block truncate">
          <Marked text={item.path.slice(nameAt)} positions={positions.map((at) => at - nameAt)} />
        </span>
        {nameAt > 0 && (
          <span className="block truncate text-muted text-xs">
            <Marked text={item.path.slice(0, nameAt - 1)} positions={positions} />
          </span>
        )}
      </span>
      {item.node.status && <StatusDot status={item.node.status} />}
    </div>
  );
}

/** A text with some of its letters emphasised. */
function Marked({ text, positions }: { text: string; positions: readonly number[] }) {
  const marked = new Set(positions);
  const runs: { text: string; isMarked: boolean; at: number }[] = [];
  for (let at = 0; at < text.length; at++) {
    const last = runs.at(-1);
    const letter = text[at] ?? "";
    if (last && last.isMarked === marked.has(at)) last.text += letter;
    else runs.push({ text: letter, isMarked: marked.has(at), at });
  }
  return runs.map((run) =>
    run.isMarked ? (
      <b key={run.at} className="font-semibold text-accent">
        {run.text}
      </b>
    ) : (
      <span key={run.at}>{run.text}</span>
    ),
  );
}
