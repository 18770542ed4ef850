/** A run of a document's top-level nodes that is shown, or left out of layout, together. */
export interface Part {
  nodes: ChildNode[];
  startsWithHeading: boolean;
}

const FULL = 6_000;
const ENOUGH = 2_500;
const PER_NODE = 60;
const LINE_HEIGHT = 24;

/** Splits rendered HTML, preferably before headings. The nodes belong to an inert document until they are inserted. */
export function splitIntoParts(html: string): Part[] {
  const parts: Part[] = [];
  let weight = 0;
  for (const node of [...parseInert(html).childNodes]) {
    const isHeading = /^H[1-3]$/.test(node.nodeName);
    const current = parts.at(-1);
    if (!current || weight > FULL || (isHeading && weight > ENOUGH)) {
      parts.push({ nodes: [node], startsWithHeading: isHeading });
      weight = 0;
    } else {
      current.nodes.push(node);
    }
    weight += (node.textContent?.length ?? 0) + PER_NODE;
  }
  return parts;
}

/** The body of HTML that was sanitised by the server. Cells say their alignment without a style, which the policy forbids. */
export function parseInert(html: string): HTMLElement {
  const styled = /(<t[dh](?: [a-z-]+="[^"]*")*) style="text-align:(left|right|center)"/g;
  return new DOMParser().parseFromString(html.replace(styled, '$1 align="$2"'), "text/html").body;
}

/** About how high nodes will be, in pixels, so that the scroll bar is honest before they are laid out. */
export function estimatedHeight(nodes: readonly Node[]): number {
  return Math.round(nodes.reduce((sum, node) => sum + (node instanceof Element ? heightOf(node) : 0), 0));
}

function heightOf(element: Element): number {
  const length = element.textContent?.length ?? 0;
  switch (element.tagName) {
    case "TABLE":
      return element.querySelectorAll("tr").length * 38 + 16;
    case "PRE":
      return (element.textContent?.split("\n").length ?? 1) * 20 + 48;
    case "UL":
    case "OL":
      return element.querySelectorAll("li").length * 4 + Math.ceil(length / 90) * LINE_HEIGHT + 16;
    default:
      return Math.max(1, Math.ceil(length / 95)) * LINE_HEIGHT + 16;
  }
}
