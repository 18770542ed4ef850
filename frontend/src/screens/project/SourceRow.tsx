import { Link } from "@tanstack/react-router";
import { Pencil, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import type { Source, SyncRun } from "@/api/projects";
import { DeleteSourceDialog } from "@/screens/project/DeleteSourceDialog";
import { RunFailure } from "@/screens/project/RunFailure";
import { RunProgress } from "@/screens/project/RunProgress";
import { isOpen } from "@/screens/project/runs";
import { SourceDialog } from "@/screens/project/SourceDialog";
import { SourceFacts } from "@/screens/project/SourceFacts";
import { SyncStatusBadge } from "@/screens/project/SyncStatus";
import { useCancelSync, useSyncSource } from "@/screens/project/useSync";
import { Badge } from "@/ui/Badge";
import { Button, buttonClasses, IconButton } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { Tooltip } from "@/ui/Tooltip";

type OpenDialog = "edit" | "delete" | null;

/** One source: what it is, what goes on at it, and what can be done with it. `run` is its current one. */
export function SourceRow({ source, run }: { source: Source; run: SyncRun | undefined }) {
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const close = () => setDialog(null);
  return (
    <li className="flex flex-col gap-2 border-line-muted border-t p-4 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h3 className="min-w-0 font-semibold text-sm">{source.name}</h3>
        <SyncStatusBadge status={source.sync_status} />
        <BehindBadge source={source} />
        <span className="grow" />
        <Actions source={source} isBusy={run !== undefined && isOpen(run)} onOpen={setDialog} />
      </div>
      <SourceFacts source={source} />
      {run && isOpen(run) && <LiveRun key={run.id} run={run} name={source.name} />}
      {run?.status === "failed" && <RunFailure run={run} onEdit={() => setDialog("edit")} />}
      <SourceDialog projectId={source.project_id} source={source} isOpen={dialog === "edit"} onClose={close} />
      <DeleteSourceDialog source={source} isOpen={dialog === "delete"} onClose={close} />
    </li>
  );
}

function BehindBadge({ source }: { source: Source }) {
  const t = useTranslations("project.sources");
  const remote = source.remote_commit_sha;
  if (!remote || remote === source.last_commit_sha) return null;
  return (
    <Tooltip text={t("behindHint", { sha: remote.slice(0, 7) })}>
      <span>
        <Badge tone="warning">{t("behind")}</Badge>
      </span>
    </Tooltip>
  );
}

interface ActionsProps {
  source: Source;
  isBusy: boolean;
  onOpen: (dialog: OpenDialog) => void;
}

function Actions({ source, isBusy, onOpen }: ActionsProps) {
  const t = useTranslations("project.sources");
  const { name } = source;
  const sync = useSyncSource(source.project_id, source.id);
  return (
    <>
      <div className="flex">
        {!isBusy && (
          <IconButton
            label={t("sync", { name })}
            icon={<RefreshCw aria-hidden className="size-4" />}
            disabled={sync.isPending}
            onClick={() => sync.mutate()}
          />
        )}
        <IconButton
          label={t("edit", { name })}
          icon={<Pencil aria-hidden className="size-4" />}
          onClick={() => onOpen("edit")}
        />
        <IconButton
          label={t("delete", { name })}
          icon={<Trash2 aria-hidden className="size-4" />}
          onClick={() => onOpen("delete")}
        />
      </div>
      {sync.error && (
        <div className="w-full">
          <ErrorNotice error={sync.error} onRetry={() => sync.mutate()} />
        </div>
      )}
    </>
  );
}

function LiveRun({ run, name }: { run: SyncRun; name: string }) {
  const t = useTranslations("project.sources");
  const { cancel, error, isCancelling } = useCancelSync(run);
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line bg-subtle p-3">
      <RunProgress run={run} isCancelling={isCancelling} />
      {error && <ErrorNotice error={error} />}
      <div className="flex gap-2">
        <Button size="sm" isBusy={isCancelling} aria-label={t("cancelSync", { name })} onClick={() => cancel()}>
          {t("cancel")}
        </Button>
        <Link
          to="/projects/$projectId/syncs/$syncId"
          params={{ projectId: run.project_id, syncId: run.id }}
          className={buttonClasses("ghost", "sm")}
        >
          {t("details")}
        </Link>
      </div>
    </div>
  );
}
