import type { Citation, Message } from "@/api/chat";

interface Words {
  sources: string;
  lines: (from: number, to: number) => string;
}

/** An answer to paste elsewhere: its Markdown, then its sources as links; `address` gives a citation's absolute URL. */
export function answerAsMarkdown(
  { content, sources }: Pick<Message, "content" | "sources">,
  address: (citation: Citation) => string,
  words: Words,
): string {
  if (sources.length === 0) return `${content.trimEnd()}\n`;
  const listed = sources.map((each) => {
    const place = escaped(placeOf(each));
    return `${each.n}. [${place}](<${address(each)}>), ${words.lines(each.line_start, each.line_end)}`;
  });
  return `${content.trimEnd()}\n\n${words.sources}\n\n${listed.join("\n")}\n`;
}

/** Where a citation stands, in one line. */
export function placeOf({ path, heading_path }: Pick<Citation, "path" | "heading_path">): string {
  return [path, ...heading_path].join(" › ");
}

function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>]/g, "\\$&").replace(/\s+/g, " ");
}
