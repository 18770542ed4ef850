import type { SearchHit } from "@/api/documents";
import type { TextPart } from "@/ui/Marked";

/** Hits of one document that follow each other in rank. */
export interface HitGroup {
  key: string;
  hits: [SearchHit, ...SearchHit[]];
}

/** The hits by document, in the order of their rank: a document whose hits are apart appears again. */
export function groupHits(hits: SearchHit[]): HitGroup[] {
  const groups: HitGroup[] = [];
  for (const hit of hits) {
    const last = groups.at(-1);
    if (last?.hits[0].document_id === hit.document_id) last.hits.push(hit);
    else groups.push({ key: `${hit.document_id}-${hit.rank}`, hits: [hit] });
  }
  return groups;
}

/** The headings that lead to a hit; the document's title, which stands above it already, is left out. */
export function headingsOf({ heading_path, title }: SearchHit): string[] {
  return heading_path[0] === title ? heading_path.slice(1) : heading_path;
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** A snippet of the server (HTML whose only tag is `<mark>`) as text. Any other tag stays the text that it is. */
export function parseSnippet(html: string): TextPart[] {
  const parts: TextPart[] = [];
  let isMarked = false;
  for (const piece of html.split(/(<\/?mark>)/)) {
    if (piece === "<mark>" || piece === "</mark>") isMarked = piece === "<mark>";
    else if (piece !== "") parts.push({ text: unescaped(piece), isMarked });
  }
  return parts;
}

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    if (name) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
