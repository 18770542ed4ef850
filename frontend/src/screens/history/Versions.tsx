import { useLocation, useNavigate } from "@tanstack/react-router";
import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import type { DocumentContent } from "@/api/documents";
import { focusAt } from "@/markdown/target";
import { historyTexts } from "@/messages/late/history";
import { WithTexts } from "@/messages/late/WithTexts";
import { DocumentHeader } from "@/screens/explorer/DocumentHeader";
import { isFirstShown, useNoArrival } from "@/screens/explorer/DocumentView";
import { DiffScreen } from "@/screens/history/DiffScreen";
import { VersionList } from "@/screens/history/VersionList";
import { toDocument } from "@/shell/links";
import "@/screens/history/diff.css";

interface VersionsProps {
  document: DocumentContent;
  scroller: RefObject<HTMLDivElement | null>;
  showTree: ReactNode;
}

/** A document's versions, or what changed between two of them; which is in the address. */
export function Versions({ document, scroller, showTree }: VersionsProps) {
  const { search } = useLocation();
  const pane = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  useBeginning(pane, scroller, `${search.view}`);
  useNoArrival(true);
  const { project_id: projectId, source_id: sourceId, path } = document;
  const showSource = () => void navigate(toDocument({ projectId, sourceId, path, view: "source" }));
  return (
    <WithTexts texts={historyTexts}>
      <div ref={pane} className="mx-auto max-w-6xl px-4 py-4 sm:px-6">
        <DocumentHeader
          document={document}
          isSource={false}
          lines={undefined}
          onToggleSource={showSource}
          showTree={showTree}
        />
        {search.view === "diff" ? (
          <DiffScreen document={document} from={text(search.from)} to={text(search.to)} layout={text(search.layout)} />
        ) : (
          <VersionList document={document} />
        )}
      </div>
    </WithTexts>
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Each of the two views begins at its top, and takes the focus where the link that led to it is gone. */
function useBeginning(
  pane: RefObject<HTMLElement | null>,
  scroller: RefObject<HTMLElement | null>,
  view: string,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each view
  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
    const heading = pane.current?.querySelector<HTMLElement>("h1");
    if (heading && !isFirstShown() && document.activeElement === document.body) focusAt(heading);
  }, [view]);
}
