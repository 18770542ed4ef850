import { useQuery } from "@tanstack/react-query";
import type { ComponentType, ReactNode } from "react";
import type { DocumentContent } from "@/api/documents";
import { CodeView } from "@/markdown/CodeView";
import { FrontMatter } from "@/markdown/FrontMatter";
import { isMarkdown } from "@/markdown/headings";
import { MarkdownView } from "@/markdown/MarkdownView";
import type { Position } from "@/markdown/scrolling";
import type { Target } from "@/markdown/target";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";
import "@/styles/code.css";
import "@/styles/markdown.css";

export type { Target } from "@/markdown/target";

interface ViewProps {
  document: DocumentContent;
  target: Target | undefined;
  /** Shown where the file can't be read in this way. */
  fallback: ReactNode;
}

const VIEWS: Record<"table" | "tree", () => Promise<ComponentType<ViewProps>>> = {
  table: () => import("@/markdown/TableView").then((module) => module.TableView),
  tree: () => import("@/markdown/DataTree").then((module) => module.DataTree),
};

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

function codeOf({ file_type: type, content, html }: DocumentContent, isTable: boolean) {
  if (isMarkdown(type)) return { markdown: content };
  return isTable ? { text: content } : { html };
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
  const code = codeOf(document, isTable);
  const source = <CodeView code={code} target={target} start={start} onLines={props.onLines} />;
  if (isSource) return source;
  // Lines are places of the source, and a tree has none.
  const isTree = ["yaml", "yml", "json"].includes(type) && !target?.lines;
  if (!isTable && !isTree) return source;
  return <LateView kind={isTable ? "table" : "tree"} document={document} target={target} fallback={source} />;
}

/** A view whose code is loaded when it is wanted; React's `lazy` would keep a failure until the page is loaded anew. */
function LateView({ kind, ...props }: ViewProps & { kind: keyof typeof VIEWS }) {
  const view = useQuery({
    queryKey: ["view", kind],
    queryFn: VIEWS[kind],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  if (view.data) return <view.data {...props} />;
  if (view.error) return <ErrorNotice error={view.error} onRetry={() => void view.refetch()} />;
  return <SkeletonRows />;
}
