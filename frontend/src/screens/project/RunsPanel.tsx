import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useFormatter, useTranslations } from "use-intl";
import { type SyncRun, sourcesQuery, syncsQuery } from "@/api/projects";
import { CommitLink } from "@/screens/project/CommitLink";
import { RunDuration } from "@/screens/project/RunDuration";
import { RunStatusBadge } from "@/screens/project/SyncStatus";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { EmptyState, SkeletonRows } from "@/ui/Feedback";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";

/** A project's sync runs, newest first. */
export function RunsPanel({ projectId }: { projectId: number }) {
  const t = useTranslations("project.runs");
  return (
    <Panel title={t("title")}>
      <Runs projectId={projectId} />
    </Panel>
  );
}

function Runs({ projectId }: { projectId: number }) {
  const t = useTranslations("project.runs");
  const syncs = useInfiniteQuery(syncsQuery(projectId));
  if (syncs.isPending) return <SkeletonRows className="p-4" />;
  const runs = syncs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {runs.length > 0 && (
        <div className="overflow-x-auto">
          <RunTable projectId={projectId} runs={runs} />
        </div>
      )}
      {runs.length === 0 && !syncs.isError && (
        <EmptyState icon={<History className="size-6" />} title={t("emptyTitle")}>
          <p>{t("empty")}</p>
        </EmptyState>
      )}
      {syncs.isError && (
        <div className="p-4">
          <ErrorNotice error={syncs.error} onRetry={() => void syncs.refetch()} />
        </div>
      )}
      {syncs.hasNextPage && (
        <div className="border-line-muted border-t p-2 text-center">
          <Button size="sm" isBusy={syncs.isFetchingNextPage} onClick={() => void syncs.fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
    </>
  );
}

const WIDE = "hidden md:table-cell";
const WIDEST = "hidden xl:table-cell";
const CELL = "whitespace-nowrap px-2 py-2 first:pl-4 last:pr-4";

function RunTable({ projectId, runs }: { projectId: number; runs: SyncRun[] }) {
  const t = useTranslations("project.runs");
  const { data: sources } = useQuery(sourcesQuery(projectId));
  const hasSeveral = sources !== undefined && sources.length > 1;
  return (
    <table className="w-full text-left text-sm">
      <thead className="text-muted text-xs">
        <tr>
          <th className={`${CELL} font-medium`}>{t("requested")}</th>
          <th className={`${CELL} font-medium`}>{t("status")}</th>
          <th className={`${CELL} ${WIDE} font-medium`}>{t("trigger")}</th>
          {hasSeveral && <th className={`${CELL} ${WIDE} font-medium`}>{t("source")}</th>}
          <th className={`${CELL} text-right font-medium`}>{t("duration")}</th>
          <th className={`${CELL} ${WIDE} text-right font-medium`}>{t("changed")}</th>
          <th className={`${CELL} ${WIDEST} text-right font-medium`}>{t("removed")}</th>
          <th className={`${CELL} ${WIDE} text-right font-medium`}>{t("warnings")}</th>
          <th className={`${CELL} ${WIDEST} font-medium`}>{t("commit")}</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => {
          const source = sources?.find((each) => each.id === run.source_id);
          const sourceName = hasSeveral ? (source?.name ?? t("unknownSource", { id: String(run.source_id) })) : null;
          return <RunRow key={run.id} run={run} sourceName={sourceName} repoUrl={source?.repo_url} />;
        })}
      </tbody>
    </table>
  );
}

interface RunRowProps {
  run: SyncRun;
  /** Null where all runs are of one source. */
  sourceName: string | null;
  repoUrl: string | undefined;
}

function RunRow({ run, sourceName, repoUrl }: RunRowProps) {
  const t = useTranslations("project.runs");
  const format = useFormatter();
  const number = `${CELL} ${WIDE} text-right tabular-nums`;
  return (
    <tr className="border-line-muted border-t hover:bg-hover">
      <td className={CELL}>
        <Link
          to="/projects/$projectId/syncs/$syncId"
          params={{ projectId: run.project_id, syncId: run.id }}
          className="link"
        >
          <Time at={run.requested_at} />
        </Link>
      </td>
      <td className={CELL}>
        <RunStatusBadge run={run} />
      </td>
      <td className={`${CELL} ${WIDE}`}>{t(`triggers.${run.trigger}`)}</td>
      {sourceName !== null && <td className={`${CELL} ${WIDE} max-w-40 truncate`}>{sourceName}</td>}
      <td className={`${CELL} text-right tabular-nums`}>
        <RunDuration run={run} />
      </td>
      <td className={number}>{format.number(run.files_changed)}</td>
      <td className={`${CELL} ${WIDEST} text-right tabular-nums`}>{format.number(run.files_removed)}</td>
      <td className={number}>{format.number(run.warnings.length)}</td>
      <td className={`${CELL} ${WIDEST}`}>
        {run.commit_sha ? <CommitLink sha={run.commit_sha} repoUrl={repoUrl} /> : t("none")}
      </td>
    </tr>
  );
}
