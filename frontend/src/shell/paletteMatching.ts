import type { TextPart } from "@/ui/Marked";

/** From (inclusive) and to (exclusive), in UTF-16 units. */
export type Range = readonly [from: number, to: number];

export interface Match {
  /** How well it fits; higher is better. */
  score: number;
  ranges: Range[];
}

/** The score from which on a label fits well: whole words or their beginnings were typed. */
export const WELL = 2;

const WORD = /\p{L}+|\p{N}+/gu;

/** Lower case without accents. One unit for each of the text's, so that positions in it are positions in the text. */
export function fold(text: string): string {
  return Array.from({ length: text.length }, (_, index) => foldUnit(text.charAt(index))).join("");
}

function foldUnit(unit: string): string {
  if (/\s/.test(unit)) return " "; // French writes spaces that don't break
  return unit.normalize("NFD").charAt(0).toLowerCase().charAt(0);
}

/** The words of a text, letters apart from digits, as search as you type compares them: "FR-12" is "fr 12". */
function plainWords(text: string): string[] {
  return fold(text).match(WORD) ?? [];
}

/** Where the words of a query begin words of the text; a word that begins none, where it is inside of one. */
export function wordRanges(text: string, query: string): Range[] {
  const folded = fold(text);
  return merged(plainWords(query).flatMap((word) => rangesOf(folded, word)));
}

function rangesOf(folded: string, word: string): Range[] {
  const found: number[] = [];
  for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + 1)) found.push(at);
  const beginnings = found.filter((at) => beginsWord(folded, at));
  const chosen = beginnings.length > 0 ? beginnings : found.slice(0, 1);
  return chosen.map((at) => [at, at + word.length]);
}

function beginsWord(folded: string, at: number): boolean {
  return at === 0 || classOf(folded.charAt(at - 1)) !== classOf(folded.charAt(at));
}

function classOf(unit: string): "letter" | "digit" | "other" {
  if (/\p{L}/u.test(unit)) return "letter";
  return /\p{N}/u.test(unit) ? "digit" : "other";
}

/**
 * How a short label fits what was typed: as its beginning (3), as beginnings of its words (2), as a part of it (1), as
 * letters that follow each other with gaps, from the beginning of a word on (0). Null where it doesn't.
 */
export function matchLabel(label: string, query: string): Match | null {
  const folded = fold(label);
  const wanted = fold(query).trim();
  if (wanted === "") return { score: 0, ranges: [] };
  const at = folded.indexOf(wanted);
  if (at === 0) return { score: 3, ranges: [[0, wanted.length]] };
  const words = plainWords(query);
  if (words.length > 0 && words.every((word) => rangesOf(folded, word).some(([from]) => beginsWord(folded, from)))) {
    return { score: 2, ranges: wordRanges(label, query) };
  }
  if (at > 0) return { score: 1, ranges: [[at, at + wanted.length]] };
  const ranges = subsequence(folded, wanted.replaceAll(/\s/g, ""));
  return ranges && { score: 0, ranges };
}

function subsequence(folded: string, letters: string): Range[] | null {
  for (let start = 0; start < folded.length; start++) {
    if (folded.charAt(start) !== letters.charAt(0) || !beginsWord(folded, start)) continue;
    const found = followFrom(folded, letters, start);
    if (found) return merged(found);
  }
  return null;
}

function followFrom(folded: string, letters: string, start: number): Range[] | null {
  const found: Range[] = [];
  let position = start;
  for (const letter of letters) {
    const at = folded.indexOf(letter, position);
    if (at < 0) return null;
    found.push([at, at + letter.length]);
    position = at + letter.length;
  }
  return found;
}

/**
 * The items whose label fits, best first; equally good ones stay in their order. Letters with gaps fit many labels by
 * chance, so they count only where nothing fits better.
 */
export function rankByLabel<Item extends { label: string }>(
  items: Item[],
  query: string,
): { item: Item; match: Match }[] {
  const found = items.flatMap((item) => {
    const match = matchLabel(item.label, query);
    return match ? [{ item, match }] : [];
  });
  const least = found.some(({ match }) => match.score > 0) ? 1 : 0;
  return found.filter(({ match }) => match.score >= least).sort((one, other) => other.match.score - one.match.score);
}

const IDENTIFIER = /^(?:[^\d ]+ \d+(?: \d+)*|\d+(?: \d+)+)$/;

/** Whether the query is an identifier ("FR12", "Story 3.2", "3.2") and one of the names holds just that one. */
export function namesIdentifier(query: string, artifactId: string | null, name: string): boolean {
  const words = plainWords(query).join(" ");
  if (!IDENTIFIER.test(words)) return false;
  const artifact = artifactId === null ? "" : plainWords(artifactId).join(" ");
  if (artifact === words || artifact === words.replace(/^story /, "")) return true;
  // "3.2" isn't meant by "1.3.2", nor "FR1" by "FR1.2"
  const before = /^\d/.test(words) ? "(?<!\\d )" : "";
  return new RegExp(`(?:^| )${before}${words}(?= |$)(?! \\d)`, "u").test(plainWords(name).join(" "));
}

/** A text cut at the ranges (in order, apart from each other). */
export function partsOf(text: string, ranges: Range[]): TextPart[] {
  const parts: TextPart[] = [];
  let position = 0;
  for (const [from, to] of ranges) {
    if (from > position) parts.push({ text: text.slice(position, from), isMarked: false });
    parts.push({ text: text.slice(from, to), isMarked: true });
    position = to;
  }
  if (position < text.length) parts.push({ text: text.slice(position), isMarked: false });
  return parts;
}

function merged(ranges: Range[]): Range[] {
  const result: [number, number][] = [];
  for (const [from, to] of ranges.toSorted((one, other) => one[0] - other[0])) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
