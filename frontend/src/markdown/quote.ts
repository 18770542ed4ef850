/** A place in a text, in UTF-16 units. */
export interface Span {
  start: number;
  end: number;
}

const SHORTEST_PIECE = 12;

/** The words of Markdown source without its markup, as a reader of the rendered text sees them. */
export function withoutMarkup(source: string): string {
  return source
    .replace(/^[ \t]*(```|~~~).*$/gm, " ")
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, " ")
    .replace(/\[\^[^\]]+\]:?/g, " ")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\[([^\]]*)\]\[[^\]]*\]/g, "$1")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?/gm, " ")
    .replace(/^[ \t>]*\[![A-Z]+\]/gm, " ")
    .replace(/&(amp|lt|gt|quot|nbsp|#39);/g, " ");
}

/**
 * Where the quote stands in a rendered text: compared by letters and digits only, so that markup, white space and
 * punctuation don't matter. One span where it is found whole, else one for each of its lines that is found, in order.
 */
export function findQuote(text: string, quote: string): Span[] {
  const haystack = reduce(text);
  const words = withoutMarkup(quote);
  const whole = locate(haystack, reduce(words).letters, 0);
  if (whole) return [spanOf(haystack, whole)];
  return findPieces(haystack, words);
}

function findPieces(haystack: Reduced, words: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const line of words.split(/\n|\|/)) {
    const piece = reduce(line).letters;
    if (piece.length < SHORTEST_PIECE) continue;
    const found = locate(haystack, piece, from);
    if (!found) continue;
    from = found.end;
    spans.push(spanOf(haystack, found));
  }
  return spans;
}

interface Reduced {
  letters: string;
  /** For each letter its place in the text. */
  places: number[];
}

function reduce(text: string): Reduced {
  const places: number[] = [];
  let letters = "";
  for (const match of text.matchAll(/[\p{L}\p{N}]/gu)) {
    // Lower case may be longer ("İ"): the first unit is enough to compare by.
    const lower = match[0].toLowerCase().slice(0, match[0].length);
    letters += lower;
    for (let unit = 0; unit < lower.length; unit++) places.push(match.index + unit);
  }
  return { letters, places };
}

function locate(haystack: Reduced, needle: string, from: number): Span | null {
  if (needle === "") return null;
  const start = haystack.letters.indexOf(needle, from);
  return start < 0 ? null : { start, end: start + needle.length };
}

function spanOf(haystack: Reduced, found: Span): Span {
  return { start: haystack.places[found.start] ?? 0, end: (haystack.places[found.end - 1] ?? 0) + 1 };
}
