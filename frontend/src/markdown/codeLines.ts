import { parseInert } from "@/markdown/parts";
import { idOf } from "@/markdown/target";

/** The nodes of each line of text; the last line end begins no line. */
export function plainLines(text: string): Node[][] {
  return withoutLast(text.split("\n").map((line) => (line === "" ? [] : [document.createTextNode(line)])));
}

const INLINE = /(`+)(?!`).*?[^`]\1(?!`)|\*\*(?=\S).*?\S\*\*|!?\[[^\]]*\]\([^)\s]*\)/g;
const LONGEST_COLOURED = 2_000; // characters; the search for pairs takes the square of a line's length at worst
const INLINE_CLASSES: Record<string, string> = { "`": "s", "*": "gs", "[": "nf", "!": "nf" };

/** The nodes of each line of Markdown: its headings, quotes, list marks, code and links in colours. */
export function markdownLines(text: string): Node[][] {
  let fence = "";
  return withoutLast(
    text.split("\n").map((line) => {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
      const isFence = fence === "" ? mark !== "" : mark.startsWith(fence) && line.trim() === mark;
      if (isFence) fence = fence === "" ? mark : "";
      if (isFence || fence !== "") return line === "" ? [] : [coloured("s", line)];
      if (/^ {0,3}#{1,6}(\s|$)/.test(line)) return [coloured("gh", line)];
      if (/^\s*>/.test(line)) return [coloured("c", line)];
      const bullet = /^\s*([-*+]|\d+[.)])(?=\s)(\s+\[[ xX]\])?/.exec(line)?.[0] ?? "";
      return [...(bullet ? [coloured("k", bullet)] : []), ...inlineNodes(line.slice(bullet.length))];
    }),
  );
}

function inlineNodes(text: string): Node[] {
  if (text.length > LONGEST_COLOURED) return [document.createTextNode(text)];
  const nodes: Node[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) nodes.push(document.createTextNode(text.slice(from, match.index)));
    nodes.push(coloured(INLINE_CLASSES[match[0][0] ?? ""] ?? "", match[0]));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(document.createTextNode(text.slice(from)));
  return nodes;
}

/** Text in a class of the highlighted code's. */
function coloured(name: string, text: string): Node {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

/** The nodes of each line of code that the server highlighted (one `pre` with one `code`). */
export function highlightedLines(html: string): Node[][] {
  const body = parseInert(html);
  const lines: Node[][] = [[]];
  for (const node of [...(body.querySelector("code") ?? body).childNodes]) {
    if (node instanceof Text) {
      node.data.split("\n").forEach((piece, index) => {
        if (index > 0) lines.push([]);
        if (piece !== "") lines.at(-1)?.push(document.createTextNode(piece));
      });
    } else {
      if (node instanceof Element && node.id) node.id = idOf(node.id);
      lines.at(-1)?.push(node);
    }
  }
  return withoutLast(lines);
}

function withoutLast(lines: Node[][]): Node[][] {
  return lines.length > 1 && lines.at(-1)?.length === 0 ? lines.slice(0, -1) : lines;
}
