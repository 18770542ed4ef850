import { useLocation, useNavigate } from "@tanstack/react-router";
import { type ReactNode, type RefObject, useCallback, useEffect, useLayoutEffect, useMemo } from "react";
import type { DocumentContent } from "@/api/documents";
import { parseLines } from "@/markdown/address";
import { DocumentBody } from "@/markdown/DocumentBody";
import { isMarkdown, ownsTitle } from "@/markdown/headings";
import { whenInserted } from "@/markdown/insertion";
import { currentLine, TOP } from "@/markdown/scrolling";
import { findAnchor, focusAt, revealAnchor, type Target } from "@/markdown/target";
import { DocumentHeader } from "@/screens/explorer/DocumentHeader";
import { Outline } from "@/screens/explorer/Outline";
import { useReadingPlace } from "@/screens/explorer/readingPlace";
import { useIsWide } from "@/screens/explorer/useIsWide";
import { toDocument } from "@/shell/links";
import { noteDocument } from "@/shell/recentDocuments";
import { classes } from "@/ui/classes";

const OUTLINE_BESIDE = 880;
const ARRIVAL_MS = 3_000;
/** For ways within a document, which scrolls by itself: the router would scroll to where the last place was. */
const WITHIN = { resetScroll: false } as const;

interface DocumentViewProps {
  document: DocumentContent;
  scroller: RefObject<HTMLDivElement | null>;
  showTree: ReactNode;
}

/** A document with what is known of it and its table of contents. */
export function DocumentView({ document, scroller, showTree }: DocumentViewProps) {
  const { search, hash } = useLocation();
  const isSource = search.view === "source";
  const lines = search.lines === undefined ? undefined : parseLines(String(search.lines));
  const target = useTarget(hash, lines);
  const start = useReadingPlace(scroller, hash !== "" || lines !== undefined);
  const isOutlineBeside = useIsWide(scroller, OUTLINE_BESIDE);
  const goTo = useGoTo(document, scroller);
  const chooseLines = useChooseLines(document);
  useNote(document);
  useArrival(document.id, hash, scroller, start !== undefined && start !== TOP);
  const isTable = ["csv", "tsv"].includes(document.file_type);
  const toggleSource = useToggleSource(isSource, scroller);
  const hasOutline = document.toc.length > 1 && !(isSource && isMarkdown(document.file_type));
  const outline = hasOutline && (
    <Outline entries={document.toc} scroller={scroller} isBeside={isOutlineBeside} hash={hash} onGoTo={goTo.go} />
  );
  return (
    <div className={classes("mx-auto flex gap-8 px-4 py-4 sm:px-6", !isTable && "max-w-6xl")}>
      <article className="min-w-0 grow">
        <title>{`${document.title} · BMADFlow`}</title>
        <DocumentHeader
          document={document}
          isSource={isSource}
          lines={lines}
          onToggleSource={toggleSource}
          showTree={showTree}
        />
        {(isSource || !ownsTitle(document)) && <h1 className="mb-4 font-semibold text-xl">{document.title}</h1>}
        {!isOutlineBeside && outline}
        <DocumentBody
          document={document}
          target={target}
          start={start}
          isSource={isSource}
          onAnchor={goTo.address}
          onLines={chooseLines}
        />
      </article>
      {isOutlineBeside && outline}
    </div>
  );
}

function useTarget(hash: string, lines: [number, number] | undefined): Target {
  const first = lines?.[0];
  const last = lines?.[1];
  return useMemo(
    () => (first !== undefined && last !== undefined ? { anchor: hash, lines: [first, last] } : { anchor: hash }),
    [hash, first, last],
  );
}

/** Ways to a heading: by its address only, or by scrolling there as well where the address is that already. */
function useGoTo(document: DocumentContent, scroller: RefObject<HTMLElement | null>) {
  const navigate = useNavigate();
  const { project_id: projectId, source_id: sourceId, path } = document;
  const address = useCallback(
    (anchor: string) => void navigate({ ...toDocument({ projectId, sourceId, path, anchor }), ...WITHIN }),
    [navigate, projectId, sourceId, path],
  );
  const go = useCallback(
    async (anchor: string) => {
      address(anchor);
      const parts = scroller.current?.querySelector<HTMLElement>("[data-parts]");
      const element = parts && (await revealAnchor(parts, anchor, AbortSignal.timeout(ARRIVAL_MS)));
      if (element) focusAt(element);
      if (!parts) scroller.current?.querySelector("[data-target]")?.scrollIntoView({ block: "start" });
    },
    [address, scroller],
  );
  return { address, go };
}

/** Shows the source instead of the document, or the other way round, at the line that is read now. */
function useToggleSource(isSource: boolean, scroller: RefObject<HTMLElement | null>): () => void {
  const navigate = useNavigate();
  return () => {
    const parts = scroller.current?.querySelector("[data-parts]");
    const line = parts ? currentLine(parts) : null;
    const search = ({ view: _, ...rest }: { view?: string; lines?: string }) =>
      isSource ? rest : { ...rest, view: "source" };
    void navigate({
      to: ".",
      search,
      hash: true,
      replace: true,
      ...WITHIN,
      ...(line === null ? {} : { state: { line } }),
    });
  };
}

function useChooseLines(document: DocumentContent): (lines: [number, number]) => void {
  const navigate = useNavigate();
  const { project_id: projectId, source_id: sourceId, path } = document;
  return useCallback(
    (lines) => {
      const place = toDocument({ projectId, sourceId, path, lines });
      void navigate({ ...place, search: { ...place.search, view: "source" }, replace: true, ...WITHIN });
    },
    [navigate, projectId, sourceId, path],
  );
}

/** Puts the document at the head of those that the palette offers again. */
function useNote({ project_id: projectId, source_id: sourceId, path, title }: DocumentContent): void {
  useEffect(() => noteDocument(projectId, { sourceId, path, title }), [projectId, sourceId, path, title]);
}

let lastShown: number | null = null;

/** Whether nothing was shown yet but what the page was loaded for: that doesn't take the focus. */
export function isFirstShown(): boolean {
  const loaded = performance.getEntriesByType("navigation")[0]?.name;
  const isWhereLoaded = !loaded || new URL(loaded).pathname === globalThis.location.pathname;
  return lastShown === null && isWhereLoaded;
}

/** Says that a screen without a document was shown: the next document isn't what the page was loaded for. */
export function useNoArrival(isWithout: boolean): void {
  useEffect(() => {
    if (isWithout) lastShown = 0;
  }, [isWithout]);
}

/** Another document begins at its top, and takes the focus where the link that led to it is gone. */
function useArrival(
  documentId: number,
  hash: string,
  scroller: RefObject<HTMLElement | null>,
  isReturn: boolean,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each document
  useLayoutEffect(() => {
    if (!isReturn && scroller.current) scroller.current.scrollTop = 0;
  }, [documentId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each document
  useEffect(() => {
    const isAnother = !isFirstShown() && lastShown !== documentId;
    lastShown = documentId;
    const pane = scroller.current;
    const focused = globalThis.document.activeElement;
    const isFree = !focused || focused === globalThis.document.body || pane?.contains(focused);
    if (pane && isAnother && isFree) void focusOnArrival(pane, hash);
  }, [documentId]);
}

async function focusOnArrival(pane: HTMLElement, hash: string): Promise<void> {
  const parts = hash ? pane.querySelector<HTMLElement>("[data-parts]") : null;
  const signal = AbortSignal.timeout(ARRIVAL_MS);
  const named = parts && (await whenInserted(parts, () => findAnchor(parts, hash), signal));
  const heading = named ?? pane.querySelector<HTMLElement>("h1");
  if (heading) focusAt(heading);
}
