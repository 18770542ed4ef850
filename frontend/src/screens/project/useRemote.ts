import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { applySync } from "@/api/projectEvents";
import { projectKey, type Source } from "@/api/projects";
import { checkSource, reindexProject, reindexSource } from "@/api/sources";

const ANSWER_MS = 30_000;

/** Has the remote asked for its branch. The answer comes as an event a moment later: until then `isChecking`. */
export function useCheckSource(source: Source) {
  const client = useQueryClient();
  const [askedSince, setAskedSince] = useState<string | null>();
  const isAwaited = askedSince !== undefined && askedSince === source.remote_checked_at;
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => checkSource(source.id),
    onSuccess: () => setAskedSince(source.remote_checked_at),
  });
  useEffect(() => {
    if (!isAwaited) return;
    const giveUp = () => {
      setAskedSince(undefined);
      void client.invalidateQueries({ queryKey: [...projectKey(source.project_id), "sources"] });
    };
    const timer = setTimeout(giveUp, ANSWER_MS);
    return () => clearTimeout(timer);
  }, [isAwaited, client, source.project_id]);
  return { check: () => mutate(), error, isChecking: isPending || isAwaited };
}

/** Asks for a new index of one source, or of all (`sourceId` null). */
export function useReindex(projectId: number, sourceId: number | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => (sourceId === null ? reindexProject(projectId) : reindexSource(sourceId)),
    onSuccess: (runs) => runs.forEach((run) => void applySync(client, projectId, run)),
  });
}
