import type { DiffHunk } from "@/api/versions";

/** The hunks up to so many lines, the last one cut where it goes beyond, and how many lines are left out. */
export function shownHunks(hunks: readonly DiffHunk[], most: number): { hunks: DiffHunk[]; linesLeft: number } {
  const shown: DiffHunk[] = [];
  let room = most;
  for (const hunk of hunks) {
    if (room > 0) shown.push({ ...hunk, lines: hunk.lines.slice(0, room) });
    room -= hunk.lines.length;
  }
  return { hunks: shown, linesLeft: Math.max(0, -room) };
}
