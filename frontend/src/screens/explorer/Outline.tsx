import { ChevronRight, List } from "lucide-react";
import { type MouseEvent, memo, type RefObject, useEffect, useMemo, useRef } from "react";
import { useTranslations } from "use-intl";
import type { TocEntry } from "@/api/documents";
import { useActiveHeading } from "@/screens/explorer/useActiveHeading";
import { classes } from "@/ui/classes";

interface OutlineProps {
  entries: readonly TocEntry[];
  scroller: RefObject<HTMLElement | null>;
  isBeside: boolean;
  hash: string;
  onGoTo: (anchor: string) => void;
}

/** The headings of a document: beside it where there is room, folded above it where there isn't. */
export function Outline({ entries, scroller, isBeside, hash, onGoTo }: OutlineProps) {
  const t = useTranslations("explorer.outline");
  const list = <Entries entries={entries} scroller={scroller} hash={hash} onGoTo={onGoTo} />;
  if (isBeside) {
    return (
      <nav
        aria-label={t("label")}
        className="sticky top-4 flex max-h-[calc(100dvh-8rem)] w-56 shrink-0 flex-col self-start print:hidden"
      >
        <p className="mb-1 px-2 font-semibold text-xs">{t("label")}</p>
        {list}
      </nav>
    );
  }
  return (
    <nav aria-label={t("label")} className="print:hidden">
      <details className="group mb-4 rounded-md border border-line">
        <summary className="flex list-none items-center gap-2 px-3 py-1.5 text-sm">
          <List aria-hidden className="size-4 text-muted" />
          <span className="grow">{t("label")}</span>
          <ChevronRight aria-hidden className="size-4 text-muted group-open:rotate-90" />
        </summary>
        <div className="flex max-h-[50dvh] flex-col border-line border-t p-1">{list}</div>
      </details>
    </nav>
  );
}

type EntriesProps = Omit<OutlineProps, "isBeside">;

function Entries({ entries, scroller, hash, onGoTo }: EntriesProps) {
  const active = useActiveHeading(entries, scroller, hash);
  const top = useMemo(() => entries.reduce((least, entry) => Math.min(least, entry.level), 6), [entries]);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (active) list.current?.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active]);
  const click = (event: MouseEvent) => {
    const anchor = event.target instanceof Element ? event.target.closest<HTMLElement>("a")?.dataset.goTo : undefined;
    if (anchor === undefined || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onGoTo(anchor);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: hears the clicks on its links, which have keys of their own
    <ul ref={list} onClick={click} className="min-h-0 overflow-y-auto border-line-muted border-l">
      {entries.map((entry) => (
        <Entry key={entry.anchor} entry={entry} depth={entry.level - top} isActive={entry.anchor === active} />
      ))}
    </ul>
  );
}

interface EntryProps {
  entry: TocEntry;
  depth: number;
  isActive: boolean;
}

const Entry = memo(function Entry({ entry, depth, isActive }: EntryProps) {
  return (
    <li className="[contain-intrinsic-block-size:auto_26px] [content-visibility:auto]">
      <a
        href={`#${encodeURIComponent(entry.anchor)}`}
        data-go-to={entry.anchor}
        aria-current={isActive || undefined}
        style={{ paddingLeft: 8 + depth * 12 }}
        className={classes(
          "block truncate py-1 pr-2 text-xs leading-[18px] hover:text-fg",
          isActive ? "border-accent border-l-2 font-semibold text-fg" : "border-transparent border-l-2 text-muted",
        )}
        title={entry.text}
      >
        {entry.text}
      </a>
    </li>
  );
});
