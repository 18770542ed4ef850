import { Link } from "@tanstack/react-router";
import { BookOpen, MessagesSquare, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { Dashboard } from "@/api/hub";
import type { Project, SyncRun } from "@/api/projects";
import { documentCount } from "@/screens/dashboard/documentCount";
import { matchingProjects } from "@/screens/dashboard/recent";
import { PhaseName } from "@/screens/project/RunProgress";
import { isOpen, partDone } from "@/screens/project/runs";
import { SyncStatusBadge } from "@/screens/project/SyncStatus";
import { useSyncProject } from "@/screens/project/useSync";
import { buttonClasses, IconButton } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { Progress } from "@/ui/Feedback";
import { TextInput } from "@/ui/Field";
import { Time } from "@/ui/Time";

const FILTERED_FROM = 11;

/** All projects, with the newest run of those that are being synced. */
export function ProjectList({ projects, dashboard }: { projects: Project[]; dashboard: Dashboard | undefined }) {
  const t = useTranslations("dashboard.projects");
  const [words, setWords] = useState("");
  const shown = matchingProjects(projects, words);
  return (
    <>
      {projects.length >= FILTERED_FROM && (
        <div className="flex items-center gap-3 border-line-muted border-b px-4 py-2">
          <TextInput
            type="search"
            aria-label={t("filter")}
            placeholder={t("filter")}
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
          <span role="status" className="shrink-0 text-muted text-xs">
            {t("shown", { count: shown.length })}
          </span>
        </div>
      )}
      <ul>
        {shown.map((project) => (
          <ProjectRow
            key={project.id}
            project={project}
            documents={documentCount(dashboard, project.id)}
            run={openRun(dashboard?.recent_syncs ?? [], project.id)}
          />
        ))}
      </ul>
      {shown.length === 0 && <p className="p-4 text-muted">{t("noMatch", { words })}</p>}
    </>
  );
}

function openRun(runs: SyncRun[], projectId: number): SyncRun | undefined {
  const open = runs.filter((run) => run.project_id === projectId && isOpen(run));
  return open.find((run) => run.status === "running") ?? open[0];
}

interface ProjectRowProps {
  project: Project;
  documents: number | null;
  run: SyncRun | undefined;
}

function ProjectRow({ project, documents, run }: ProjectRowProps) {
  const params = { projectId: project.id };
  const sync = useSyncProject(project.id);
  return (
    <li className="flex flex-col gap-2 border-line-muted border-t px-4 py-3 first:border-t-0">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <div className="min-w-48 grow basis-0">
          <div className="flex flex-wrap items-center gap-2">
            <h3 className="min-w-0 font-semibold">
              <Link to="/projects/$projectId" params={params} className="link">
                {project.name}
              </Link>
            </h3>
            {project.sync_status !== "succeeded" && <SyncStatusBadge status={project.sync_status} />}
          </div>
          {project.description && <p className="line-clamp-2">{project.description}</p>}
          <Facts project={project} documents={documents} />
        </div>
        <RowActions project={project} isBusy={run !== undefined || sync.isPending} onSync={() => sync.mutate()} />
      </div>
      {run && <RunLine run={run} />}
      {sync.error && <ErrorNotice error={sync.error} onRetry={() => sync.mutate()} />}
    </li>
  );
}

function Facts({ project, documents }: Pick<ProjectRowProps, "project" | "documents">) {
  const t = useTranslations("dashboard.projects");
  const syncedAt = project.last_synced_at;
  return (
    <p className="text-muted text-xs">
      {documents !== null && `${t("holds", { count: documents })} · `}
      {t("sources", { count: project.source_count })} ·{" "}
      {syncedAt ? t.rich("synced", { time: () => <Time at={syncedAt} /> }) : t("neverSynced")}
    </p>
  );
}

interface RowActionsProps {
  project: Project;
  isBusy: boolean;
  onSync: () => void;
}

function RowActions({ project, isBusy, onSync }: RowActionsProps) {
  const t = useTranslations("dashboard.projects");
  const params = { projectId: project.id };
  const { name } = project;
  return (
    <div className="flex items-center gap-1">
      <Link
        to="/projects/$projectId/docs"
        params={params}
        aria-label={t("documentsOf", { name })}
        className={buttonClasses("default", "sm")}
      >
        <BookOpen aria-hidden className="size-3.5" />
        {t("documents")}
      </Link>
      <Link
        to="/projects/$projectId/chat"
        params={params}
        aria-label={t("chatOf", { name })}
        className={buttonClasses("default", "sm")}
      >
        <MessagesSquare aria-hidden className="size-3.5" />
        {t("chat")}
      </Link>
      <IconButton
        label={t("sync", { name })}
        icon={<RefreshCw aria-hidden className="size-4" />}
        disabled={isBusy || project.source_count === 0}
        onClick={onSync}
      />
    </div>
  );
}

function RunLine({ run }: { run: SyncRun }) {
  const t = useTranslations("sync.progress");
  const format = useFormatter();
  const part = partDone(run);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
      <span className="tabular-nums">
        <PhaseName run={run} />
        {part !== undefined && ` · ${t("files", { done: format.number(run.files_done), total: run.files_total })}`}
      </span>
      <span className="min-w-24 grow">
        <Progress value={run.status === "queued" ? 0 : part} label={t("label")} />
      </span>
    </div>
  );
}
