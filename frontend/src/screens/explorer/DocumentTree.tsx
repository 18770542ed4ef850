import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, Folder, FolderOpen, GitBranch } from "lucide-react";
import { type MouseEvent, memo, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { SourceTree } from "@/api/documents";
import { encodePath } from "@/markdown/address";
import { useExpansion } from "@/screens/explorer/expansion";
import type { Place } from "@/screens/explorer/place";
import { flatten, rowKey, type TreeRow } from "@/screens/explorer/treeRows";
import { useTreeKeys } from "@/screens/explorer/useTreeKeys";
import { classes } from "@/ui/classes";
import { StatusDot } from "@/ui/DocumentStatus";
import { KindIcon } from "@/ui/KindIcon";

const ROW_HEIGHT = 28;
const INDENT = 12;
/** Rows that scroll out of sight become those that scroll in, which is cheaper than new ones; more than ever fit. */
const RECYCLED = 256;

interface DocumentTreeProps {
  projectId: number;
  sources: readonly SourceTree[];
  current: Place | null;
  onOpen: (place: Place) => void;
}

/** The files of a project. The focus stays on the tree, which says which row is meant: rows come and go as it scrolls. */
export function DocumentTree({ projectId, sources, current, onOpen }: DocumentTreeProps) {
  const t = useTranslations("explorer.tree");
  const scroller = useRef<HTMLDivElement>(null);
  const { expanded, setExpanded } = useExpansion(projectId, sources, current);
  const rows = useMemo(() => flatten(sources, expanded), [sources, expanded]);
  const currentKey = current && rowKey(current.sourceId, current.path);
  const [activeKey, setActiveKey] = useState<string | null>(currentKey);
  const indexes = useMemo(() => new Map(rows.map((row, index) => [row.key, index])), [rows]);
  const active = (activeKey !== null && indexes.get(activeKey)) || 0;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    rangeExtractor: (range) => withIndex(defaultRangeExtractor(range), active, rows.length),
  });
  useReveal(currentKey, indexes, setActiveKey, (index) => {
    const pane = scroller.current;
    const away = index * ROW_HEIGHT - (pane?.scrollTop ?? 0);
    const isInView = pane && away >= 0 && away + ROW_HEIGHT <= pane.clientHeight;
    if (!isInView) virtualizer.scrollToIndex(index, { align: "center" });
  });
  const act = useCallback(
    (row: TreeRow) =>
      row.file ? onOpen({ sourceId: row.sourceId, path: row.path }) : setExpanded(row.key, !row.isExpanded),
    [onOpen, setExpanded],
  );
  const onKeyDown = useTreeKeys({
    rows,
    active,
    act,
    setExpanded,
    move: (index) => {
      setActiveKey(rows[index]?.key ?? null);
      virtualizer.scrollToIndex(index, { align: "auto" });
    },
  });
  const id = useId();
  const press = useCallback(
    (row: TreeRow) => {
      setActiveKey(row.key);
      scroller.current?.focus({ preventScroll: true });
      act(row);
    },
    [act],
  );
  return (
    <div
      ref={scroller}
      role="tree"
      aria-label={t("label")}
      tabIndex={0}
      aria-activedescendant={rows.length > 0 ? `${id}-${active}` : undefined}
      onKeyDown={onKeyDown}
      className="group/tree min-h-0 grow overflow-y-auto px-2 pb-2"
    >
      <div className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return row ? (
            <Row
              key={item.index === active ? "active" : item.index % RECYCLED}
              id={`${id}-${item.index}`}
              row={row}
              projectId={projectId}
              top={item.start}
              isActive={item.index === active}
              isCurrent={row.key === currentKey}
              onPress={press}
            />
          ) : null;
        })}
      </div>
    </div>
  );
}

function withIndex(indexes: number[], index: number, count: number): number[] {
  if (index >= count || indexes.includes(index)) return indexes;
  return [...indexes, index].sort((a, b) => a - b);
}

/** Brings the current document into view whenever it becomes another one, once its folders are expanded. */
function useReveal(
  currentKey: string | null,
  indexes: ReadonlyMap<string, number>,
  setActiveKey: (key: string) => void,
  scrollTo: (index: number) => void,
): void {
  const revealed = useRef<string | null>(null);
  const latestScrollTo = useRef(scrollTo);
  latestScrollTo.current = scrollTo;
  useEffect(() => {
    if (currentKey === null || revealed.current === currentKey) return;
    const index = indexes.get(currentKey);
    if (index === undefined) return;
    revealed.current = currentKey;
    setActiveKey(currentKey);
    latestScrollTo.current(index);
  }, [currentKey, indexes, setActiveKey]);
}

interface RowProps {
  id: string;
  row: TreeRow;
  projectId: number;
  top: number;
  isActive: boolean;
  isCurrent: boolean;
  onPress: (row: TreeRow) => void;
}

const Row = memo(function Row({ id, row, projectId, top, isActive, isCurrent, onPress }: RowProps) {
  const shared = {
    id,
    role: "treeitem",
    tabIndex: -1,
    "aria-level": row.level,
    "aria-posinset": row.position,
    "aria-setsize": row.siblings,
    "aria-selected": isCurrent,
    onMouseDown: (event: MouseEvent) => event.preventDefault(), // the focus stays on the tree
    onClick: (event: MouseEvent) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      onPress(row);
    },
    style: { transform: `translateY(${top}px)`, height: ROW_HEIGHT, paddingLeft: (row.level - 1) * INDENT + 4 },
    className: classes(
      "absolute top-0 left-0 flex w-full cursor-pointer items-center gap-1.5 rounded-md pr-1 text-sm hover:bg-hover",
      isCurrent && "bg-selected font-semibold",
      isActive && "group-focus-visible/tree:outline-2 group-focus-visible/tree:outline-accent",
    ),
  };
  if (!row.file) {
    return (
      <div {...shared} role="treeitem" tabIndex={-1} aria-expanded={row.isExpanded}>
        <FolderLabel row={row} />
      </div>
    );
  }
  const href = `/projects/${projectId}/docs/${row.sourceId}/${encodePath(row.path)}`;
  return (
    <a {...shared} href={href} draggable={false} title={row.name}>
      <span className="w-4 shrink-0" />
      <KindIcon kind={row.file.kind} />
      <span className="min-w-0 grow truncate">{row.name}</span>
      {row.file.status && <StatusDot status={row.file.status} />}
    </a>
  );
});

function FolderLabel({ row }: { row: TreeRow }) {
  const Icon = row.path === "" ? GitBranch : row.isExpanded ? FolderOpen : Folder;
  return (
    <>
      <ChevronRight aria-hidden className={classes("size-4 shrink-0 text-muted", row.isExpanded && "rotate-90")} />
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      <span className="min-w-0 grow truncate">{row.name}</span>
    </>
  );
}
