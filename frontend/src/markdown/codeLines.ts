import { parseInert } from "@/markdown/parts";
import { idOf } from "@/markdown/target";

/** The nodes of each line of text; the last line end begins no line. */
export function plainLines(text: string): Node[][] {
  return withoutLast(text.split("\n").map((line) => (line === "" ? [] : [document.createTextNode(line)])));
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
