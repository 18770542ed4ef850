import { useMutation, useQueryClient } from "@tanstack/react-query";
import { applySync } from "@/api/projectEvents";
import { cancelSync, projectKey, type SyncRun, syncProject, syncSource } from "@/api/projects";

/** Asks for a sync of all sources of a project; what is queued shows at once. */
export function useSyncProject(projectId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => syncProject(projectId),
    onSuccess: (runs) => runs.forEach((run) => void applySync(client, projectId, run)),
  });
}

/** Asks for a sync of one source. */
export function useSyncSource(projectId: number, sourceId: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => syncSource(sourceId),
    onSuccess: (runs) => runs.forEach((run) => void applySync(client, projectId, run)),
  });
}

/** Asks a run to end. It ends a moment later: until then `isCancelling`. */
export function useCancelSync(run: SyncRun) {
  const client = useQueryClient();
  const { mutate, error, isPending, isSuccess } = useMutation({
    mutationFn: () => cancelSync(run.id),
    // It may have ended by itself in the meantime.
    onError: () => client.invalidateQueries({ queryKey: projectKey(run.project_id) }),
  });
  return { cancel: mutate, error, isCancelling: isPending || isSuccess };
}
