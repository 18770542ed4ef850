import { expect, test } from "vitest";
import type { DiffLine } from "@/api/versions";
import { changedParts, pairsOf } from "@/screens/history/linePairs";

function line(kind: DiffLine["kind"], text: string): DiffLine {
  return {
    kind,
    text,
    old_line: kind === "added" ? null : 1,
    new_line: kind === "removed" ? null : 1,
    is_unterminated: false,
  };
}

const texts = (lines: DiffLine[]) => pairsOf(lines).map((pair) => [pair.old?.text ?? null, pair.new?.text ?? null]);

test("what was removed faces what was added in its place", () => {
  const lines = [
    line("context", "a"),
    line("removed", "b"),
    line("removed", "c"),
    line("added", "B"),
    line("context", "d"),
    line("added", "e"),
  ];
  expect(texts(lines)).toEqual([
    ["a", "a"],
    ["b", "B"],
    ["c", null],
    ["d", "d"],
    [null, "e"],
  ]);
});

test("two changes that follow each other stay apart", () => {
  expect(texts([line("removed", "a"), line("added", "A"), line("removed", "b"), line("added", "B")])).toEqual([
    ["a", "A"],
    ["b", "B"],
  ]);
});

function marked(before: string, after: string): [string, string] | null {
  const pairs = pairsOf([line("removed", before), line("added", after)]);
  const parts = changedParts(pairs);
  const [pair] = pairs;
  const cut = (each: DiffLine | null | undefined) =>
    each && parts.get(each) && each.text.slice(...(parts.get(each) ?? []));
  const one = cut(pair?.old);
  const other = cut(pair?.new);
  return one === undefined || one === null || other === undefined || other === null ? null : [one, other];
}

test("whole words that differ are marked", () => {
  expect(marked("The door is red today.", "The door is blue today.")).toEqual(["red", "blue"]);
  expect(marked("A walk in the park", "A walk in the parks")).toEqual(["park", "parks"]);
  expect(marked("one two three", "one three")).toEqual(["two ", ""]);
});

test("lines that have little in common are marked as a whole", () => {
  expect(marked("Nothing here is alike", "Quite another sentence!")).toBeNull();
});

test("a letter of two code units isn't marked by halves", () => {
  const [one, other] = marked("The flag is 🇫🇷 here and there", "The flag is 🇫🇮 here and there") ?? ["", ""];
  const isWhole = (text: string) => new TextDecoder().decode(new TextEncoder().encode(text)) === text;
  expect([isWhole(one), isWhole(other)]).toEqual([true, true]);
});
