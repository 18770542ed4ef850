import { expect, test } from "vitest";
import { arrange, readTable } from "@/markdown/tableData";

const TEXT = 'id,name\n2,"b, with\na line"\n\n10,a\n1,\n';

test("rows know their lines, empty lines are none", () => {
  const table = readTable(TEXT, ",");
  expect(table?.columns).toEqual(["id", "name"]);
  expect(table?.rows.map(({ line }) => line)).toEqual([2, 5, 6]);
});

test("tabs separate too, and a longer row makes a column", () => {
  expect(readTable("a\tb\n1\t2\t3\n", "\t")?.columns).toEqual(["a", "b", ""]);
});

test("what isn't a table is none", () => {
  expect(readTable('a,b\n1,"never closed\n', ",")).toBeNull();
  expect(readTable("\n\n", ",")).toBeNull();
});

test("rows are filtered by any cell and ordered as numbers, empty cells last", () => {
  const rows = readTable(TEXT, ",")?.rows ?? [];
  const ids = (typed: string, column: number, isDescending: boolean) =>
    arrange(rows, typed, { column, isDescending }).map(({ cells }) => cells[0]);
  expect(ids("", 0, false)).toEqual(["1", "2", "10"]);
  expect(ids("", 0, true)).toEqual(["10", "2", "1"]);
  expect(ids("", 1, false)).toEqual(["10", "2", "1"]);
  expect(ids("", 1, true)).toEqual(["2", "10", "1"]);
  expect(ids("WITH", 0, false)).toEqual(["2"]);
  expect(arrange(rows, "", null)).toEqual(rows);
});
