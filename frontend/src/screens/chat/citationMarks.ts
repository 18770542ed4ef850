/** What this needs of a Markdown syntax tree. */
interface MarkdownNode {
  type: string;
  value?: string;
  label?: string | null;
  position?: { start: { offset?: number }; end: { offset?: number } };
  children?: MarkdownNode[] | undefined;
  data?: { hName: string; hProperties: Record<string, string> };
}

const MARK = /\[(\d{1,4})\]/g;
const WRITTEN = /(\\*)\[(\d{1,4})\]/g;
// A link within a link is none; code shows what it holds.
const CLOSED = new Set(["link", "linkReference", "code", "inlineCode", "html", "definition"]);

/**
 * A remark plugin: each `[n]` with a known number becomes an element `cite` with `data-n`. Marks that are escaped in the
 * text (`\[1]`), in code or in links stay what they are: they are quoted, not meant.
 */
export function citationMarks({ numbers }: { numbers: ReadonlySet<number> }) {
  return (tree: MarkdownNode, file: { toString(): string }): void => {
    if (numbers.size > 0) mark(tree, String(file), numbers);
  };
}

function mark(parent: MarkdownNode, source: string, numbers: ReadonlySet<number>): void {
  parent.children = parent.children?.flatMap((child) => {
    // Where the answer also defines what [1] links to, the parser has made a link of it.
    if (child.type === "linkReference" && numbers.has(Number(child.label))) return [citation(Number(child.label))];
    if (child.type === "text") return split(child, source, numbers);
    if (!CLOSED.has(child.type)) mark(child, source, numbers);
    return [child];
  });
}

function split(node: MarkdownNode, source: string, numbers: ReadonlySet<number>): MarkdownNode[] {
  const value = node.value ?? "";
  const matches = [...value.matchAll(MARK)];
  if (matches.length === 0) return [node];
  const isMeant = meant(matches, written(node, source));
  const parts: MarkdownNode[] = [];
  let from = 0;
  matches.forEach((match, index) => {
    const n = Number(match[1]);
    if (!isMeant[index] || !numbers.has(n)) return;
    if (match.index > from) parts.push({ type: "text", value: value.slice(from, match.index) });
    parts.push(citation(n));
    from = match.index + match[0].length;
  });
  if (from < value.length) parts.push({ type: "text", value: value.slice(from) });
  return parts;
}

/** The marks as they stand in the source, where an escaped one has an odd number of backslashes before it. */
function written(node: MarkdownNode, source: string): RegExpMatchArray[] {
  const { start, end } = node.position ?? {};
  return [...source.slice(start?.offset ?? 0, end?.offset ?? 0).matchAll(WRITTEN)];
}

/** For each mark whether it was written as one; none, where text and source can't be brought together. */
function meant(matches: RegExpMatchArray[], sources: RegExpMatchArray[]): boolean[] {
  const agree = matches.length === sources.length && matches.every((match, at) => match[1] === sources[at]?.[2]);
  return matches.map((_, at) => agree && (sources[at]?.[1]?.length ?? 0) % 2 === 0);
}

function citation(n: number): MarkdownNode {
  return { type: "citation", children: [], data: { hName: "cite", hProperties: { "data-n": String(n) } } };
}
