import { CircleX } from "lucide-react";
import { useTranslations } from "use-intl";
import type { SyncRun } from "@/api/projects";
import { adviceFor, isInSource } from "@/screens/project/runs";
import { useReindex } from "@/screens/project/useRemote";
import { useSyncSource } from "@/screens/project/useSync";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";

/** Why a run failed, in the server's sentence, and what can be done about it. */
export function RunFailure({ run, onEdit }: { run: SyncRun; onEdit?: () => void }) {
  const t = useTranslations("project.failure");
  const sync = useSyncSource(run.project_id, run.source_id);
  const reindex = useReindex(run.project_id, run.source_id);
  const again = run.kind === "reindex" ? reindex : sync;
  const advice = adviceFor(run.error_code ?? "");
  return (
    <div className="flex gap-3 rounded-md border border-danger bg-danger-soft p-3">
      <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
      <div className="flex min-w-0 grow flex-col gap-1">
        <p>{run.error_detail ?? t("unknown")}</p>
        <p className="text-xs">
          {t(advice)} {run.error_code && <code className="font-mono">{run.error_code}</code>}
        </p>
        {again.error && <ErrorNotice error={again.error} />}
        <div className="mt-1 flex flex-wrap gap-2">
          {isInSource(advice) && onEdit && (
            <Button size="sm" onClick={onEdit}>
              {t("edit")}
            </Button>
          )}
          <Button size="sm" isBusy={again.isPending} onClick={() => again.mutate()}>
            {t(run.kind === "reindex" ? "reindexAgain" : "retry")}
          </Button>
        </div>
      </div>
    </div>
  );
}
