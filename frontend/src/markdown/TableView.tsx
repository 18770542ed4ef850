import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import { type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { DocumentContent } from "@/api/documents";
import { arrange, readTable, type Sorting, type TableData, type TableRow } from "@/markdown/tableData";
import type { Target } from "@/markdown/target";
import { TextInput } from "@/ui/Field";

const ROW_HEIGHT = 33;

interface TableViewProps {
  document: DocumentContent;
  target: Target | undefined;
  /** Shown where the file can't be read as a table. */
  fallback: ReactNode;
}

/** A CSV or TSV file as a table to sort and filter. */
export function TableView({ document, target, fallback }: TableViewProps) {
  const delimiter = document.file_type === "tsv" ? "\t" : ",";
  const table = useMemo(() => readTable(document.content, delimiter), [document.content, delimiter]);
  const entry = document.toc.find((each) => each.anchor === target?.anchor);
  const lines = target?.lines ?? (entry && ([entry.line, entry.line] as [number, number]));
  return table ? <Table table={table} lines={lines} /> : fallback;
}

function Table({ table, lines }: { table: TableData; lines: [number, number] | undefined }) {
  const t = useTranslations("explorer.markdown");
  const [typed, setTyped] = useState("");
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const wanted = useDeferredValue(typed);
  const rows = useMemo(() => arrange(table.rows, wanted, sorting), [table, wanted, sorting]);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <div className="w-64 max-w-full">
          <TextInput
            type="search"
            aria-label={t("filterRows")}
            placeholder={t("filterRows")}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
        <p role="status" className="text-muted text-xs">
          {t("rows", { shown: rows.length, count: table.rows.length })}
        </p>
      </div>
      <Rows columns={table.columns} rows={rows} lines={lines} sorting={sorting} onSort={setSorting} />
    </div>
  );
}

interface RowsProps {
  columns: string[];
  rows: TableRow[];
  lines: [number, number] | undefined;
  sorting: Sorting | null;
  onSort: (sorting: Sorting | null) => void;
}

function Rows({ columns, rows, lines, sorting, onSort }: RowsProps) {
  const t = useTranslations("explorer.markdown");
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sorting and filtering are no reason to jump
  useEffect(() => {
    const index = lines ? rows.findIndex((row) => row.line >= lines[0]) : -1;
    if (index >= 0) virtualizer.scrollToIndex(index, { align: "center" });
  }, [lines?.[0], lines?.[1]]);
  const items = virtualizer.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <section
      ref={scroller}
      aria-label={t("table")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className="max-h-[75dvh] overflow-auto rounded-md border border-line"
    >
      <table aria-rowcount={rows.length + 1} className="data-table">
        <thead>
          <tr>
            {columns.map((name, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity
              <Column key={index} name={name} index={index} sorting={sorting} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Filler height={above} />
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const isMarked = lines !== undefined && row.line >= lines[0] && row.line <= lines[1];
            return (
              <tr
                key={row.line}
                ref={virtualizer.measureElement}
                data-index={item.index}
                aria-rowindex={item.index + 2}
                className={isMarked ? "bg-mark" : undefined}
              >
                {columns.map((_, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other identity
                  <td key={index}>{row.cells[index] ?? ""}</td>
                ))}
              </tr>
            );
          })}
          <Filler height={below} />
        </tbody>
      </table>
    </section>
  );
}

/** Stands for the rows that aren't in the page. */
function Filler({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}

interface ColumnProps {
  name: string;
  index: number;
  sorting: Sorting | null;
  onSort: (sorting: Sorting | null) => void;
}

function Column({ name, index, sorting, onSort }: ColumnProps) {
  const t = useTranslations("explorer.markdown");
  const own = sorting?.column === index ? sorting : null;
  const next = () => {
    if (!own) return { column: index, isDescending: false };
    return own.isDescending ? null : { column: index, isDescending: true };
  };
  const Icon = own ? (own.isDescending ? ArrowDown : ArrowUp) : ChevronsUpDown;
  return (
    <th scope="col" aria-sort={own ? (own.isDescending ? "descending" : "ascending") : "none"}>
      <button type="button" className="flex w-full items-center gap-1 text-left" onClick={() => onSort(next())}>
        {name || t("column", { number: index + 1 })}
        <Icon aria-hidden className="size-3.5 shrink-0 text-muted" />
      </button>
    </th>
  );
}
