import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { titleOf } from "@/shell/documentTitle";
import { noteDocument } from "@/shell/recentDocuments";

interface CommandPaletteProps {
  isOpen: boolean;
  onClose: () => void;
  projectId: number | null;
}

const AFTER_FIRST_LOAD_MS = 2_000;
const load = () => import("@/shell/PaletteDialog");
const PaletteDialog = lazy(async () => ({ default: (await load()).PaletteDialog }));

/** Search as you type, everywhere. Its code comes after the first screen, or when it is first opened. */
export function CommandPalette({ isOpen, onClose, projectId }: CommandPaletteProps) {
  useNoteDocuments(projectId);
  usePreload();
  const [wasOpened, setOpened] = useState(isOpen);
  if (isOpen && !wasOpened) setOpened(true);
  if (!wasOpened) return null;
  return (
    <Suspense fallback={null}>
      <PaletteDialog isOpen={isOpen} onClose={onClose} projectId={projectId} />
    </Suspense>
  );
}

/** Keys pressed right after the shortcut would be lost while the code is on its way. */
function usePreload(): void {
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => undefined), AFTER_FIRST_LOAD_MS);
    return () => clearTimeout(timer);
  }, []);
}

/** Remembers which documents are opened; the title is known at the latest when one goes on to the next. */
function useNoteDocuments(projectId: number | null): void {
  const client = useQueryClient();
  const { sourceId, _splat: path } = useParams({ strict: false });
  useEffect(() => {
    if (projectId === null || !sourceId || !path) return;
    noteDocument(projectId, { sourceId, path, title: null });
    return () => noteDocument(projectId, { sourceId, path, title: titleOf(client, projectId, sourceId, path) });
  }, [client, projectId, sourceId, path]);
}
