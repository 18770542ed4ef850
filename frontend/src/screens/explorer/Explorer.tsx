import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate, useParams } from "@tanstack/react-router";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { treeQuery } from "@/api/documents";
import { DocumentPane } from "@/screens/explorer/DocumentPane";
import type { Place } from "@/screens/explorer/place";
import { TreeDivider } from "@/screens/explorer/TreeDivider";
import { TreePane } from "@/screens/explorer/TreePane";
import { useTreeLayout } from "@/screens/explorer/treeLayout";
import { inReadingOrder, listFiles } from "@/screens/explorer/treeRows";
import { useIsWide } from "@/screens/explorer/useIsWide";
import { toDocument } from "@/shell/links";
import { useShortcut } from "@/shell/shortcuts";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";

const BESIDE = 720;

/** The documents of a project: the tree, and the one that the address names. */
export function Explorer() {
  const frame = useRef<HTMLDivElement>(null);
  const isWide = useIsWide(frame, BESIDE);
  const { projectId, place } = useAddress();
  const { data, error, refetch } = useQuery(treeQuery(projectId));
  const tree = useMemo(() => data && { ...data, sources: inReadingOrder(data.sources) }, [data]);
  const files = useMemo(() => listFiles(tree?.sources ?? []), [tree]);
  const filterRef = useRef<HTMLInputElement>(null);
  const [layout, changeLayout] = useTreeLayout();
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const isTreeShown = isWide ? layout.isShown : isDrawerOpen;
  const setTreeShown = (isShown: boolean) => (isWide ? changeLayout({ isShown }) : setDrawerOpen(isShown));
  const open = useOpen(projectId, () => setDrawerOpen(false));
  useStep(files, place, open);
  useShortcut("toggleTree", () => setTreeShown(!isTreeShown));
  useShortcut("filterTree", () => {
    setTreeShown(true);
    requestAnimationFrame(() => filterRef.current?.focus());
  });
  const pane = (
    <TreeFrame error={error} onRetry={() => void refetch()} isLoading={!tree}>
      <TreePane
        projectId={projectId}
        sources={tree?.sources ?? []}
        files={files}
        current={place}
        filterRef={filterRef}
        onOpen={open}
        onHide={isWide ? () => setTreeShown(false) : null}
      />
    </TreeFrame>
  );
  return (
    <div ref={frame} className="flex h-full print:block print:h-auto">
      {isWide && isTreeShown && (
        <>
          <Aside width={layout.width}>{pane}</Aside>
          <TreeDivider width={layout.width} onChange={(width) => changeLayout({ width })} />
        </>
      )}
      {!isWide && (
        <Drawer isOpen={isTreeShown} onClose={() => setTreeShown(false)}>
          {pane}
        </Drawer>
      )}
      <DocumentPane
        projectId={projectId}
        place={place}
        tree={tree}
        onShowTree={isWide && isTreeShown ? null : () => setTreeShown(true)}
      />
    </div>
  );
}

/** What the address names; a place without a path is the root of a source. */
function useAddress(): { projectId: number; place: Place | null } {
  const { projectId = Number.NaN, sourceId, _splat } = useParams({ strict: false });
  const place = useMemo(
    () => (sourceId === undefined ? null : { sourceId, path: (_splat ?? "").replace(/\/+$/, "") }),
    [sourceId, _splat],
  );
  return { projectId, place };
}

function useOpen(projectId: number, opened: () => void): (place: Place) => void {
  const navigate = useNavigate();
  const latest = useRef(opened);
  latest.current = opened;
  return useCallback(
    (place) => {
      latest.current();
      void navigate(toDocument({ projectId, ...place }));
    },
    [navigate, projectId],
  );
}

/** The keys that go from document to document, in the order of the tree. */
function useStep(files: readonly Place[], place: Place | null, open: (place: Place) => void): void {
  const step = (by: number) => {
    const at = files.findIndex((file) => file.sourceId === place?.sourceId && file.path === place.path);
    const next = files[at < 0 ? 0 : at + by];
    if (next) open(next);
  };
  useShortcut("nextDocument", files.length > 0 ? () => step(1) : null);
  useShortcut("previousDocument", files.length > 0 ? () => step(-1) : null);
}

function Aside({ width, children }: { width: number; children: ReactNode }) {
  const t = useTranslations("explorer.tree");
  return (
    <aside
      aria-label={t("label")}
      style={{ width }}
      className="flex shrink-0 flex-col border-line border-r bg-canvas print:hidden"
    >
      {children}
    </aside>
  );
}

/** The tree on narrow screens: over the document, until a file is chosen. */
function Drawer({ isOpen, onClose, children }: { isOpen: boolean; onClose: () => void; children: ReactNode }) {
  const t = useTranslations("explorer.tree");
  const { pathname } = useLocation();
  return (
    <Radix.Root open={isOpen} onOpenChange={(shown) => !shown && onClose()} key={pathname}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[#00000066]" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-50 flex w-80 max-w-[90vw] flex-col border-line border-r bg-canvas shadow-overlay focus:outline-none"
        >
          <Radix.Title className="sr-only">{t("label")}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface TreeFrameProps {
  error: Error | null;
  onRetry: () => void;
  isLoading: boolean;
  children: ReactNode;
}

function TreeFrame({ error, onRetry, isLoading, children }: TreeFrameProps) {
  if (!isLoading) return children;
  return (
    <div className="p-3">{error ? <ErrorNotice error={error} onRetry={onRetry} /> : <SkeletonRows count={12} />}</div>
  );
}
