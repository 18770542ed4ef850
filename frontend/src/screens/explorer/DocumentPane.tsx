import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { lazy, type ReactNode, type RefObject, Suspense, useRef } from "react";
import type { Schemas } from "@/api/client";
import { documentIdQuery, documentQuery, type SourceTree } from "@/api/documents";
import { ApiError } from "@/api/problem";
import { DocumentView, useNoArrival } from "@/screens/explorer/DocumentView";
import { NoDocument, NoDocuments, NothingHere } from "@/screens/explorer/EmptyPanes";
import { FolderView } from "@/screens/explorer/FolderView";
import type { Place } from "@/screens/explorer/place";
import { ShowTree } from "@/screens/explorer/ShowTree";
import { folderAt, introductionOf, rowKey } from "@/screens/explorer/treeRows";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { Skeleton, SkeletonRows } from "@/ui/Feedback";

const Versions = lazy(() => import("@/screens/history/Versions").then((part) => ({ default: part.Versions })));

type Tree = Schemas["ProjectTree"];

interface DocumentPaneProps {
  projectId: number;
  place: Place | null;
  tree: Tree | undefined;
  /** Brings the tree back; null while it is there. */
  onShowTree: (() => void) | null;
}

/** What the address names: a document, a folder, or nothing yet. */
export function DocumentPane({ projectId, place, tree, onShowTree }: DocumentPaneProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const showTree = onShowTree && <ShowTree onShow={onShowTree} />;
  return (
    <section
      ref={scroller}
      className="min-w-0 grow overflow-y-auto print:overflow-visible"
      data-scroll-restoration-id="document"
    >
      <Content projectId={projectId} place={place} tree={tree} scroller={scroller} showTree={showTree} />
    </section>
  );
}

interface ContentProps extends Omit<DocumentPaneProps, "onShowTree"> {
  scroller: RefObject<HTMLDivElement | null>;
  showTree: ReactNode;
}

function Content({ projectId, place, tree, scroller, showTree }: ContentProps) {
  const shown = place ?? (tree ? introduction(tree.sources) : null);
  const folder = place && tree ? folderOf(tree.sources, place) : null;
  const { documentId, error, refetch } = useDocumentId(projectId, folder ? null : shown, tree);
  const seen = useRef<string | null>(null);
  useNoArrival(folder !== null || (tree !== undefined && !shown));
  if (error) return <Failed error={error} onRetry={refetch} />;
  if (folder && place) return <FolderView projectId={projectId} place={place} nodes={folder} showTree={showTree} />;
  if (!shown) {
    if (!tree) return <Loading />;
    const isEmpty = tree.sources.every((source) => source.tree.length === 0);
    return isEmpty ? <NoDocuments projectId={projectId} /> : <NoDocument showTree={showTree} />;
  }
  if (documentId === undefined) return <Loading />;
  const key = rowKey(shown.sourceId, shown.path);
  const missing = <NothingHere projectId={projectId} path={shown.path} wasSeen={seen.current === key} />;
  if (documentId === null) return missing;
  return (
    <LoadedDocument
      projectId={projectId}
      documentId={documentId}
      scroller={scroller}
      showTree={showTree}
      missing={missing}
      onSeen={() => {
        seen.current = key;
      }}
    />
  );
}

interface LoadedDocumentProps {
  projectId: number;
  documentId: number;
  scroller: RefObject<HTMLDivElement | null>;
  showTree: ReactNode;
  missing: ReactNode;
  onSeen: () => void;
}

function LoadedDocument({ projectId, documentId, scroller, showTree, missing, onSeen }: LoadedDocumentProps) {
  const { data: document, error, refetch } = useQuery(documentQuery(projectId, documentId));
  const view = useLocation({ select: ({ search }) => search.view });
  if (error instanceof ApiError && error.status === 404) return missing;
  if (document) {
    onSeen();
    if (view === "history" || view === "diff") {
      return (
        <Suspense fallback={<Loading />}>
          <Versions key={document.id} document={document} scroller={scroller} showTree={showTree} />
        </Suspense>
      );
    }
    return <DocumentView key={document.id} document={document} scroller={scroller} showTree={showTree} />;
  }
  return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Loading />;
}

/** The id of the document at a place: from the tree where it is loaded, else asked for. Null: none is there. */
function useDocumentId(projectId: number, place: Place | null, tree: Tree | undefined) {
  const asked = useQuery({
    ...documentIdQuery(projectId, place?.sourceId ?? 0, place?.path ?? ""),
    enabled: place !== null && tree === undefined,
  });
  const refetch = () => void asked.refetch();
  if (!place) return { documentId: undefined, error: null, refetch };
  if (!tree) return { documentId: asked.data, error: asked.error, refetch };
  const source = tree.sources.find((each) => each.source_id === place.sourceId);
  const folder = place.path.split("/").slice(0, -1).join("/");
  const file = source && folderAt(source, folder)?.find((node) => node.path === place.path);
  return { documentId: file?.type === "file" ? file.document_id : null, error: null, refetch };
}

function folderOf(sources: readonly SourceTree[], place: Place) {
  const source = sources.find((each) => each.source_id === place.sourceId);
  return source ? folderAt(source, place.path) : null;
}

/** The README of the first source that has one: at its root, in its `docs`, or in a folder that is alone. */
function introduction(sources: readonly SourceTree[]): Place | null {
  for (const { source_id: sourceId, tree } of sources) {
    const folder = tree.find((node) => node.type === "folder" && (tree.length === 1 || node.name === "docs"));
    const file = introductionOf(tree) ?? (folder?.type === "folder" ? introductionOf(folder.children) : null);
    if (file) return { sourceId, path: file.path };
  }
  return null;
}

function Loading() {
  return (
    <div className="mx-auto max-w-4xl p-6">
      <Skeleton className="mb-6 h-8 w-1/2" />
      <SkeletonRows count={10} />
    </div>
  );
}

function Failed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div className="mx-auto max-w-4xl p-6">
      <ErrorNotice error={error} onRetry={onRetry} />
    </div>
  );
}
