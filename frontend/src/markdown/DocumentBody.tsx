import { lazy, Suspense } from "react";
import type { DocumentContent } from "@/api/documents";
import { CodeView } from "@/markdown/CodeView";
import { FrontMatter } from "@/markdown/FrontMatter";
import { isMarkdown } from "@/markdown/headings";
import { MarkdownView } from "@/markdown/MarkdownView";
import type { Position } from "@/markdown/scrolling";
import type { Target } from "@/markdown/target";
import { SkeletonRows } from "@/ui/Feedback";
import "@/styles/code.css";
import "@/styles/markdown.css";

export type { Target } from "@/markdown/target";

const TableView = lazy(() => import("@/markdown/TableView").then((module) => ({ default: module.TableView })));
const DataTree = lazy(() => import("@/markdown/DataTree").then((module) => ({ default: module.DataTree })));

interface DocumentBodyProps {
  document: DocumentContent;
  target?: Target | undefined;
  /** The file as it is written, with line numbers. */
  isSource?: boolean;
  /** Where to begin instead of at the target: where the reader was before. */
  start?: Position | undefined;
  /** Whether it stands beside a screen of another title. */
  isPanel?: boolean;
  /** Called when a link within the document is followed. */
  onAnchor?: ((anchor: string) => void) | undefined;
  /** Called when lines of the source are chosen. */
  onLines?: ((lines: [number, number]) => void) | undefined;
}

/** A document as rendered by the server, with its links, diagrams, formulas and code made useful. */
export function DocumentBody(props: DocumentBodyProps) {
  const { document, target, start, isSource = false, isPanel = false } = props;
  const type = document.file_type;
  if (isMarkdown(type) && !isSource) {
    return (
      <>
        {document.front_matter && <FrontMatter values={document.front_matter} />}
        <MarkdownView document={document} target={target} start={start} onAnchor={props.onAnchor} isPanel={isPanel} />
      </>
    );
  }
  const isTable = type === "csv" || type === "tsv";
  const code = isMarkdown(type) || isTable ? { text: document.content } : { html: document.html };
  const source = <CodeView code={code} target={target} start={start} onLines={props.onLines} />;
  if (isSource) return source;
  // Lines are places of the source, and a tree has none.
  const isTree = ["yaml", "yml", "json"].includes(type) && !target?.lines;
  return (
    <Suspense fallback={<SkeletonRows />}>
      {isTable && <TableView document={document} target={target} fallback={source} />}
      {isTree && <DataTree document={document} target={target} fallback={source} />}
      {!isTable && !isTree && source}
    </Suspense>
  );
}
