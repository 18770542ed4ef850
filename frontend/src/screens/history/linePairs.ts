import type { DiffLine } from "@/api/versions";

/** One row of a side by side view; null where the other side has a line more. */
export interface Pair {
  old: DiffLine | null;
  new: DiffLine | null;
}

/** The lines of a hunk beside each other: what was removed faces what was added in its place. */
export function pairsOf(lines: readonly DiffLine[]): Pair[] {
  const pairs: Pair[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) {
      pairs.push({ old: removed[at] ?? null, new: added[at] ?? null });
    }
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.kind === "removed") {
      if (added.length > 0) flush();
      removed.push(line);
    } else if (line.kind === "added") added.push(line);
    else {
      flush();
      pairs.push({ old: line, new: line });
    }
  }
  flush();
  return pairs;
}

/** By added or removed line, the part of it that its counterpart doesn't have: [from, to) in characters. */
export function changedParts(pairs: readonly Pair[]): Map<DiffLine, [number, number]> {
  const parts = new Map<DiffLine, [number, number]>();
  for (const { old, new: added } of pairs) {
    if (!old || !added || old === added) continue;
    const between = differing(old.text, added.text);
    if (!between) continue;
    parts.set(old, between.old);
    parts.set(added, between.new);
  }
  return parts;
}

const LEAST_EQUAL = 0.3; // of the longer line; below it, they are two lines and not one that was changed

/** What lies between the words that both lines begin with and those that both end with; null when too little is equal. */
function differing(one: string, other: string): { old: [number, number]; new: [number, number] } | null {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start++;
  start = wordStart(one, other, start);
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  while (end > 0 && !(isBreak(one, one.length - end) && isBreak(other, other.length - end))) end--;
  if (start + end < LEAST_EQUAL * Math.max(one.length, other.length)) return null;
  return { old: [start, one.length - end], new: [start, other.length - end] };
}

function wordStart(one: string, other: string, at: number): number {
  let start = at;
  while (start > 0 && !(isBreak(one, start) && isBreak(other, start))) start--;
  return start;
}

/** Whether a word ends or begins before this character, so that no word is marked by halves. */
function isBreak(text: string, at: number): boolean {
  return at <= 0 || at >= text.length || !(isLetter(text[at - 1]) && isLetter(text[at]));
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}\p{M}\p{Cs}]/u.test(character);
}
