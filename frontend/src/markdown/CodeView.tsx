import { useCallback, useEffect } from "react";
import { useTranslations } from "use-intl";
import { highlightedLines, markdownLines, plainLines } from "@/markdown/codeLines";
import type { Position } from "@/markdown/scrolling";
import type { Target } from "@/markdown/target";
import { useParts } from "@/markdown/useParts";

const LINES_IN_A_PART = 150;
const LINE_HEIGHT = 20;

interface CodeViewProps {
  /** Plain text, Markdown, or code that the server highlighted. */
  code: { text: string } | { markdown: string } | { html: string };
  target: Target | undefined;
  start: Position | undefined;
  onLines: ((lines: [number, number]) => void) | undefined;
}

const READERS = { text: plainLines, markdown: markdownLines, html: highlightedLines };

function formOf(code: CodeViewProps["code"]): [keyof typeof READERS, string] {
  if ("text" in code) return ["text", code.text];
  return "markdown" in code ? ["markdown", code.markdown] : ["html", code.html];
}

/** A file as it is written, with line numbers. */
export function CodeView({ code, target, start, onLines }: CodeViewProps) {
  const t = useTranslations("explorer.markdown");
  const [form, text] = formOf(code);
  const builds = useCallback(() => {
    const lines = READERS[form](text);
    return Array.from({ length: Math.ceil(lines.length / LINES_IN_A_PART) }, (_, index) => {
      const from = index * LINES_IN_A_PART;
      return () => partElement(lines.slice(from, from + LINES_IN_A_PART), from + 1);
    });
  }, [form, text]);
  const ref = useParts({ builds, target, start });
  useEffect(() => {
    const container = ref.current;
    if (!container || !onLines) return;
    const click = (event: MouseEvent) => {
      const line = Number((event.target as HTMLElement).dataset.number);
      if (line) onLines(event.shiftKey && target?.lines ? around(target.lines, line) : [line, line]);
    };
    container.addEventListener("click", click);
    return () => container.removeEventListener("click", click);
  }, [ref, onLines, target]);
  return (
    <section aria-label={t("source")} className="code-lines highlight">
      <div ref={ref} data-parts />
    </section>
  );
}

function around(lines: [number, number], line: number): [number, number] {
  return [Math.min(lines[0], line), Math.max(lines[0], line)];
}

function partElement(lines: Node[][], first: number): HTMLElement {
  const part = document.createElement("div");
  const height = lines.length * LINE_HEIGHT;
  part.className = "code-part";
  part.dataset.height = String(height);
  part.style.containIntrinsicBlockSize = `auto ${height}px`;
  part.append(...lines.map((nodes, index) => lineElement(nodes, first + index)));
  return part;
}

function lineElement(nodes: Node[], number: number): HTMLElement {
  const line = document.createElement("div");
  line.className = "code-line";
  line.dataset.lines = `${number}-${number}`;
  const gutter = document.createElement("span");
  gutter.className = "line-number";
  gutter.dataset.number = String(number);
  gutter.dataset.added = "";
  const code = document.createElement("code");
  code.append(...nodes);
  line.append(gutter, code);
  return line;
}
