import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { DatabaseZap, EllipsisVertical, Pencil, RefreshCw } from "lucide-react";
import { Fragment } from "react";
import { useTranslations } from "use-intl";
import { type Project, projectQuery, type SyncRun, sourcesQuery, syncsQuery } from "@/api/projects";
import { projectTexts } from "@/messages/late/project";
import { WithTexts } from "@/messages/late/WithTexts";
import { LoadFailure } from "@/screens/project/LoadFailure";
import { RecentDocuments } from "@/screens/project/RecentDocuments";
import { ReindexDialog } from "@/screens/project/ReindexDialog";
import { RunsPanel } from "@/screens/project/RunsPanel";
import { isOpen, totalsOf } from "@/screens/project/runs";
import { SourcesPanel } from "@/screens/project/SourcesPanel";
import { SyncStatusBadge } from "@/screens/project/SyncStatus";
import { useSyncProject } from "@/screens/project/useSync";
import { useShortcut } from "@/shell/shortcuts";
import { Button, buttonClasses, IconButton } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";
import { Menu, MenuItem } from "@/ui/Menu";
import { Page, PageHeader } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { Tooltip } from "@/ui/Tooltip";

/** What a project is made of and what happens in it. */
export function ProjectOverview() {
  return (
    <WithTexts texts={projectTexts}>
      <Overview />
    </WithTexts>
  );
}

function Overview() {
  const { projectId } = useParams({ from: "/projects/$projectId" });
  const project = useQuery(projectQuery(projectId));
  const syncs = useInfiniteQuery(syncsQuery(projectId));
  const runs = syncs.data?.pages.flatMap((page) => page.items) ?? [];
  if (project.isError && !project.data)
    return <LoadFailure error={project.error} onRetry={() => void project.refetch()} />;
  return (
    <Page>
      {project.data ? <Header project={project.data} runs={runs} /> : <SkeletonRows count={2} className="mb-4" />}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,13fr)_minmax(0,7fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <SourcesPanel projectId={projectId} runs={runs} />
          <RunsPanel projectId={projectId} />
        </div>
        <RecentDocuments projectId={projectId} />
      </div>
    </Page>
  );
}

function Header({ project, runs }: { project: Project; runs: SyncRun[] }) {
  const sync = useSyncProject(project.id);
  const canSync = project.source_count > 0 && !sync.isPending && !isAllOpen(project, runs);
  useShortcut("syncProject", canSync ? () => sync.mutate() : null);
  const title = (
    <span className="flex flex-wrap items-center gap-2">
      {project.name}
      <SyncStatusBadge status={project.sync_status} />
    </span>
  );
  return (
    <>
      <title>{`${project.name} · BMADFlow`}</title>
      <PageHeader
        title={title}
        meta={<Meta project={project} runs={runs} />}
        actions={<Actions project={project} canSync={canSync} isBusy={sync.isPending} onSync={() => sync.mutate()} />}
      />
      {sync.error && (
        <div className="mb-4">
          <ErrorNotice error={sync.error} onRetry={() => sync.mutate()} />
        </div>
      )}
    </>
  );
}

/** Whether every source is being synced or waits for it: asking once more would change nothing. */
function isAllOpen(project: Project, runs: SyncRun[]): boolean {
  const open = new Set(runs.filter(isOpen).map((run) => run.source_id));
  return open.size >= project.source_count;
}

interface ActionsProps {
  project: Project;
  canSync: boolean;
  isBusy: boolean;
  onSync: () => void;
}

function Actions({ project, canSync, isBusy, onSync }: ActionsProps) {
  const t = useTranslations("project.overview");
  return (
    <>
      <Tooltip text={t("sync")} shortcut="s">
        <Button look="primary" isBusy={isBusy} disabled={!canSync} onClick={onSync}>
          {!isBusy && <RefreshCw aria-hidden className="size-4" />}
          {t("sync")}
        </Button>
      </Tooltip>
      <Link to="/projects/$projectId/edit" params={{ projectId: project.id }} className={buttonClasses()}>
        <Pencil aria-hidden className="size-4" />
        {t("edit")}
      </Link>
      <More project={project} />
    </>
  );
}

/** What is seldom done. The address asks for it too: the palette leads here. */
function More({ project }: { project: Project }) {
  const t = useTranslations("project.overview");
  const navigate = useNavigate();
  const { ask } = useSearch({ from: "/projects/$projectId/" });
  const { id: projectId, name } = project;
  const show = (search: { ask?: string }) =>
    void navigate({ to: "/projects/$projectId", params: { projectId }, search, replace: true });
  return (
    <>
      <Menu
        trigger={
          <IconButton
            label={t("more")}
            icon={<EllipsisVertical aria-hidden className="size-4" />}
            className="border border-line bg-subtle"
          />
        }
      >
        <MenuItem
          icon={<DatabaseZap aria-hidden className="size-4 shrink-0 text-muted" />}
          isDisabled={project.source_count === 0}
          onSelect={() => show({ ask: "reindex" })}
        >
          {t("reindex")}
        </MenuItem>
      </Menu>
      <ReindexDialog
        projectId={projectId}
        sourceId={null}
        name={name}
        isOpen={ask === "reindex"}
        onClose={() => show({})}
      />
    </>
  );
}

function Meta({ project, runs }: { project: Project; runs: SyncRun[] }) {
  const t = useTranslations("project.overview");
  const { data: sources } = useQuery(sourcesQuery(project.id));
  const totals = sources ? totalsOf(sources, runs) : null;
  const facts = [
    totals && t("documents", { count: totals.documents }),
    totals && t("passages", { count: totals.passages }),
    t("sourceCount", { count: project.source_count }),
  ].filter((fact) => fact !== null);
  return (
    <>
      {project.description && <p className="mb-1 whitespace-pre-line text-fg">{project.description}</p>}
      <p className="tabular-nums">
        {facts.map((fact) => (
          <Fragment key={fact}>{fact} · </Fragment>
        ))}
        {project.last_synced_at
          ? t.rich("lastSynced", { time: () => <Time at={project.last_synced_at ?? ""} /> })
          : t("neverSynced")}
      </p>
    </>
  );
}
