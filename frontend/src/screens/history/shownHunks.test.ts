import { expect, test } from "vitest";
import type { DiffHunk } from "@/api/versions";
import { shownHunks } from "@/screens/history/shownHunks";

function hunkOf(lines: number): DiffHunk {
  const line = { kind: "added" as const, old_line: null, new_line: 1, text: "", is_unterminated: false };
  return {
    old_start: 0,
    old_lines: 0,
    new_start: 1,
    new_lines: lines,
    lines: Array.from({ length: lines }, () => line),
  };
}

test("few lines are shown whole", () => {
  expect(shownHunks([hunkOf(2), hunkOf(3)], 10)).toEqual({ hunks: [hunkOf(2), hunkOf(3)], linesLeft: 0 });
});

test("many are cut in the middle of a hunk, and what is left is counted", () => {
  const { hunks, linesLeft } = shownHunks([hunkOf(4), hunkOf(4), hunkOf(4)], 6);
  expect(hunks.map((hunk) => hunk.lines.length)).toEqual([4, 2]);
  expect(linesLeft).toBe(6);
});
