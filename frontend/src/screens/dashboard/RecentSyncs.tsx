import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Dashboard } from "@/api/hub";
import type { Project } from "@/api/projects";
import { foldedRuns, type RunGroup } from "@/screens/dashboard/foldedRuns";
import { RunDuration } from "@/screens/project/RunDuration";
import { RunStatusBadge } from "@/screens/project/SyncStatus";
import { SkeletonRows } from "@/ui/Feedback";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";

/** The newest runs of all projects; what changed nothing takes little room. */
export function RecentSyncs({ dashboard, projects }: { dashboard: Dashboard | undefined; projects: Project[] }) {
  const t = useTranslations("dashboard.syncs");
  const runs = dashboard?.recent_syncs;
  return (
    <Panel title={t("title")}>
      {!dashboard && <SkeletonRows className="p-4" />}
      {runs === null && <p className="p-4 text-warning">{t("unavailable")}</p>}
      {runs?.length === 0 && <p className="p-4 text-muted">{t("empty")}</p>}
      <ul>
        {foldedRuns(runs ?? []).map((group) => (
          <GroupRow
            key={group.newest.id}
            group={group}
            project={projects.find((each) => each.id === group.newest.project_id)}
          />
        ))}
      </ul>
    </Panel>
  );
}

function GroupRow({ group, project }: { group: RunGroup; project: Project | undefined }) {
  const t = useTranslations("dashboard.syncs");
  const { newest: run, count, isUnchanged } = group;
  const counts = [
    isUnchanged && t("unchanged", { count }),
    run.files_changed > 0 && t("changed", { count: run.files_changed }),
    run.files_removed > 0 && t("removed", { count: run.files_removed }),
    run.warnings.length > 0 && t("warnings", { count: run.warnings.length }),
  ].filter((count) => count !== false);
  return (
    <li className="flex flex-col gap-1 border-line-muted border-t px-4 py-2 first:border-t-0">
      <div className="flex items-center gap-2">
        <Link
          to="/projects/$projectId/syncs/$syncId"
          params={{ projectId: run.project_id, syncId: run.id }}
          className="link min-w-0 truncate"
        >
          {project?.name ?? t("unknownProject", { id: String(run.project_id) })}
        </Link>
        <span className="grow" />
        {!isUnchanged && <RunStatusBadge run={run} />}
      </div>
      <p className="flex flex-wrap gap-x-3 text-muted text-xs tabular-nums">
        <Time at={run.requested_at} />
        {!isUnchanged && (
          <span>
            <RunDuration run={run} />
          </span>
        )}
        {counts.map((count) => (
          <span key={count}>{count}</span>
        ))}
      </p>
    </li>
  );
}
