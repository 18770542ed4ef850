import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { titleOf } from "@/shell/documentTitle";
import { PaletteDialog } from "@/shell/PaletteDialog";
import { noteDocument } from "@/shell/recentDocuments";

interface CommandPaletteProps {
  isOpen: boolean;
  onClose: () => void;
  projectId: number | null;
}

/** Search as you type, everywhere. Never loaded late: keys pressed right after the shortcut are for its field. */
export function CommandPalette({ isOpen, onClose, projectId }: CommandPaletteProps) {
  useNoteDocuments(projectId);
  return <PaletteDialog isOpen={isOpen} onClose={onClose} projectId={projectId} />;
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
