import { Link } from "@tanstack/react-router";
import { DatabaseZap, EllipsisVertical, Pencil, Radar, RefreshCw, Trash2, Webhook } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import type { Source, SyncRun } from "@/api/projects";
import { DeleteSourceDialog } from "@/screens/project/DeleteSourceDialog";
import { ReindexDialog } from "@/screens/project/ReindexDialog";
import { RemoteState } from "@/screens/project/RemoteState";
import { RunFailure } from "@/screens/project/RunFailure";
import { RunProgress } from "@/screens/project/RunProgress";
import { isOpen } from "@/screens/project/runs";
import { SourceDialog } from "@/screens/project/SourceDialog";
import { SourceFacts } from "@/screens/project/SourceFacts";
import { SyncStatusBadge } from "@/screens/project/SyncStatus";
import { useCheckSource } from "@/screens/project/useRemote";
import { useCancelSync, useSyncSource } from "@/screens/project/useSync";
import { Badge } from "@/ui/Badge";
import { Button, buttonClasses, IconButton } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "@/ui/Menu";

type OpenDialog = "edit" | "delete" | "reindex" | null;

/** One source: what it is, what goes on at it, and what can be done with it. `run` is its current one. */
export function SourceRow({ source, run }: { source: Source; run: SyncRun | undefined }) {
  const t = useTranslations("project.sources");
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const close = () => setDialog(null);
  const edit = () => setDialog("edit");
  const remote = useCheckSource(source);
  const { id, name, project_id: projectId } = source;
  const isBusy = run !== undefined && isOpen(run);
  return (
    <li className="flex flex-col gap-2 border-line-muted border-t p-4 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h3 className="min-w-0 font-semibold text-sm">{name}</h3>
        <SyncStatusBadge status={source.sync_status} />
        {source.is_behind && <Badge tone="warning">{t("behind")}</Badge>}
        <Actions source={source} isBusy={isBusy} onCheck={remote.check} onOpen={setDialog} />
      </div>
      <SourceFacts source={source} isChecking={remote.isChecking} onCheck={remote.check} />
      {remote.error && <ErrorNotice error={remote.error} onRetry={remote.check} />}
      {isBusy && <LiveRun key={run.id} run={run} name={name} />}
      {run?.status === "failed" && <RunFailure run={run} onEdit={edit} />}
      {!isBusy && <RemoteState source={source} failedAs={run?.error_code ?? null} onEdit={edit} />}
      <SourceDialog projectId={projectId} source={source} isOpen={dialog === "edit"} onClose={close} />
      <DeleteSourceDialog source={source} isOpen={dialog === "delete"} onClose={close} />
      <ReindexDialog projectId={projectId} sourceId={id} name={name} isOpen={dialog === "reindex"} onClose={close} />
    </li>
  );
}

interface ActionsProps {
  source: Source;
  isBusy: boolean;
  onCheck: () => void;
  onOpen: (dialog: OpenDialog) => void;
}

function Actions({ source, isBusy, onCheck, onOpen }: ActionsProps) {
  const t = useTranslations("project.sources");
  const { name } = source;
  const sync = useSyncSource(source.project_id, source.id);
  return (
    <>
      <div className="ml-auto flex">
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
        <More source={source} onCheck={onCheck} onOpen={onOpen} />
      </div>
      {sync.error && (
        <div className="w-full">
          <ErrorNotice error={sync.error} onRetry={() => sync.mutate()} />
        </div>
      )}
    </>
  );
}

const ICON = "size-4 shrink-0 text-muted";

function More({ source, onCheck, onOpen }: Omit<ActionsProps, "isBusy">) {
  const t = useTranslations("project.sources");
  const params = { projectId: source.project_id, sourceId: source.id };
  return (
    <Menu
      trigger={
        <IconButton
          label={t("more", { name: source.name })}
          icon={<EllipsisVertical aria-hidden className="size-4" />}
        />
      }
    >
      <MenuItem icon={<Radar aria-hidden className={ICON} />} onSelect={onCheck}>
        {t("check")}
      </MenuItem>
      <MenuLink>
        <Link to="/projects/$projectId/sources/$sourceId/webhook" params={params}>
          <Webhook aria-hidden className={ICON} />
          {t("webhook")}
        </Link>
      </MenuLink>
      <MenuItem icon={<DatabaseZap aria-hidden className={ICON} />} onSelect={() => onOpen("reindex")}>
        {t("reindex")}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={<Trash2 aria-hidden className="size-4 shrink-0" />} isDanger onSelect={() => onOpen("delete")}>
        {t("delete")}
      </MenuItem>
    </Menu>
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
