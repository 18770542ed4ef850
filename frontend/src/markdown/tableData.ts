import Papa from "papaparse";

export interface TableRow {
  cells: string[];
  /** Where it stands in the file, from 1. */
  line: number;
}

export interface TableData {
  columns: string[];
  rows: TableRow[];
}

export interface Sorting {
  column: number;
  isDescending: boolean;
}

/** A CSV or TSV file whose first row names the columns; null when it can't be read as one. */
export function readTable(text: string, delimiter: string): TableData | null {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter });
  if (errors.some((error) => error.type === "Quotes")) return null;
  const rows: TableRow[] = [];
  let line = 1;
  for (const cells of data) {
    if (cells.some((cell) => cell.trim() !== "")) rows.push({ cells, line });
    line += 1 + cells.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);
  }
  const [head, ...body] = rows;
  if (!head) return null;
  const width = rows.reduce((most, row) => Math.max(most, row.cells.length), 0);
  return { columns: Array.from({ length: width }, (_, index) => head.cells[index] ?? ""), rows: body };
}

/** The rows that hold what was typed, in the order that was asked for; numbers are ordered as numbers, empty cells last. */
export function arrange(rows: readonly TableRow[], typed: string, sorting: Sorting | null): TableRow[] {
  const wanted = typed.trim().toLowerCase();
  const found = wanted
    ? rows.filter((row) => row.cells.some((cell) => cell.toLowerCase().includes(wanted)))
    : [...rows];
  if (!sorting) return found;
  const direction = sorting.isDescending ? -1 : 1;
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  return found.sort((a, b) => compare(cellOf(a, sorting), cellOf(b, sorting), direction, collator));
}

function cellOf(row: TableRow, { column }: Sorting): string {
  return row.cells[column]?.trim() ?? "";
}

function compare(a: string, b: string, direction: number, collator: Intl.Collator): number {
  if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
  const difference = Number(a) - Number(b);
  return direction * (Number.isNaN(difference) ? collator.compare(a, b) : difference);
}
