import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { DocumentContent } from "@/api/documents";
import { type DataNode, entriesOf, isOpenAtFirst, keyPath, readData } from "@/markdown/dataNodes";
import type { Target } from "@/markdown/target";
import { SkeletonRows } from "@/ui/Feedback";

const SHOWN_AT_ONCE = 200;

interface DataTreeProps {
  document: DocumentContent;
  target: Target | undefined;
  /** Shown where the file can't be read. */
  fallback: ReactNode;
}

/** A YAML or JSON file as a tree to fold. */
export function DataTree({ document, target, fallback }: DataTreeProps) {
  const t = useTranslations("explorer.markdown");
  const { blob_sha, content, file_type } = document;
  const { data, isPending } = useQuery({
    queryKey: ["data-tree", file_type, blob_sha],
    queryFn: async () => ({ value: await readData(content, file_type) }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    structuralSharing: false, // an alias may lead into itself
  });
  const anchor = target?.anchor;
  const way = useMemo(
    () => (anchor ? keyPath(document.toc, (entry) => entry.anchor === anchor) : null),
    [document.toc, anchor],
  );
  if (isPending) return <SkeletonRows />;
  const entries = entriesOf(data?.value);
  if (!entries) return fallback;
  return (
    <section aria-label={t("data")} className="data-tree">
      <Entries entries={entries} depth={0} way={way} isList={data?.value?.type === "list"} />
    </section>
  );
}

interface EntriesProps {
  entries: [string, DataNode][];
  depth: number;
  /** The keys from the outermost to what the address names; null apart from that way. */
  way: string[] | null;
  isList: boolean;
}

function Entries({ entries, depth, way, isList }: EntriesProps) {
  const t = useTranslations("explorer.markdown");
  const nameInWay = (name: string) => (isList ? `[${name}]` : name); // as the table of contents has it
  const wantedAt = way ? entries.findIndex(([name]) => nameInWay(name) === way[depth]) : -1;
  const [shown, setShown] = useState(SHOWN_AT_ONCE);
  const count = Math.max(shown, wantedAt + 1);
  return (
    <ul>
      {entries.slice(0, count).map(([name, node], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they never move, and a name may come twice
        <li key={index}>
          <Entry name={name} node={node} depth={depth} way={index === wantedAt ? way : null} isInList={isList} />
        </li>
      ))}
      {entries.length > count && (
        <li>
          <button type="button" className="px-2 py-1 text-accent" onClick={() => setShown(count + SHOWN_AT_ONCE)}>
            {t("showMore", { count: entries.length - count })}
          </button>
        </li>
      )}
    </ul>
  );
}

interface EntryProps {
  name: string;
  node: DataNode;
  depth: number;
  way: string[] | null;
  isInList: boolean;
}

function Entry({ name, node, depth, way, isInList }: EntryProps) {
  const t = useTranslations("explorer.markdown");
  const [isOpen, setOpen] = useState(isOpenAtFirst(depth, entriesOf(node)?.length ?? 0));
  const isTarget = way?.length === depth + 1;
  const line = useRef<HTMLElement | null>(null);
  const setLine = (element: HTMLElement | null) => {
    line.current = element;
  };
  useEffect(() => {
    if (way) setOpen(true);
    if (isTarget) line.current?.scrollIntoView({ block: "start" });
  }, [way, isTarget]);
  const shared = { className: "data-line", "data-target": isTarget || undefined };
  const key = <span className={isInList ? "data-index" : "data-key"}>{name}</span>;
  if ("text" in node) {
    return (
      <p {...shared} ref={setLine}>
        {key}: <Scalar node={node} />
      </p>
    );
  }
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary {...shared} ref={setLine}>
        <ChevronRight aria-hidden className="data-chevron" />
        {key}:{" "}
        <span className="text-muted">{t(node.type === "list" ? "items" : "keys", { count: node.entries.length })}</span>
      </summary>
      {isOpen && (
        <Entries entries={node.entries} depth={depth + 1} way={isTarget ? null : way} isList={node.type === "list"} />
      )}
    </details>
  );
}

const SCALAR_CLASS = { null: "data-null", number: "data-number", string: "data-string" } as const;
const EMPTY = { null: "null", number: "", string: '""' } as const;

/** As it is written in the file: a number may be a story's or a version's. */
function Scalar({ node: { type, text } }: { node: Extract<DataNode, { text: string }> }) {
  return <span className={SCALAR_CLASS[type]}>{text === "" ? EMPTY[type] : text}</span>;
}
