import type { ReactNode } from "react";
import { useFormatter, useLocale, useTranslations } from "use-intl";
import type { Source, SyncRun } from "@/api/projects";
import { CommitLink } from "@/screens/project/CommitLink";
import { formatDuration } from "@/screens/project/measures";
import { RunDuration } from "@/screens/project/RunDuration";
import { PhaseName } from "@/screens/project/RunProgress";
import { Panel } from "@/ui/Panel";

/** When a run was asked for, began and ended. */
export function RunTimeline({ run }: { run: SyncRun }) {
  const t = useTranslations("project.run");
  const locale = useLocale();
  const waited = run.started_at === null ? null : secondsBetween(run.requested_at, run.started_at);
  return (
    <Panel title={t("timeline")}>
      <ol className="flex flex-col gap-2 p-4">
        <Moment name={t("requested")} at={run.requested_at} />
        <Moment name={t("started")} at={run.started_at}>
          {waited !== null && t("waited", { time: formatDuration(waited, locale) })}
        </Moment>
        <Moment name={t("finished")} at={run.finished_at}>
          {run.started_at !== null &&
            run.finished_at !== null &&
            t.rich("took", { time: () => <RunDuration run={run} /> })}
        </Moment>
      </ol>
    </Panel>
  );
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
}

function Moment({ name, at, children }: { name: string; at: string | null; children?: ReactNode }) {
  const t = useTranslations("project.run");
  const format = useFormatter();
  return (
    <li className="flex gap-3">
      <span className="w-24 shrink-0 text-muted">{name}</span>
      <span className="flex flex-wrap gap-x-3 tabular-nums">
        {at === null ? (
          t("notYet")
        ) : (
          <time dateTime={at}>{format.dateTime(new Date(at), { dateStyle: "medium", timeStyle: "medium" })}</time>
        )}
        {children && <span className="text-muted">{children}</span>}
      </span>
    </li>
  );
}

/** What a run is about. */
export function RunFacts({ run, source }: { run: SyncRun; source: Source | undefined }) {
  const t = useTranslations("project.run");
  const tRuns = useTranslations("project.runs");
  return (
    <Panel title={t("facts")}>
      <dl className="flex flex-col gap-2 p-4">
        <Fact name={t("source")}>
          {source ? `${source.name} (${source.repo_url})` : t("unknownSource", { id: String(run.source_id) })}
        </Fact>
        <Fact name={t("kind")}>{t(`kinds.${run.kind}`)}</Fact>
        <Fact name={t("trigger")}>{tRuns(`triggers.${run.trigger}`)}</Fact>
        <Fact name={t("commit")}>
          {run.commit_sha ? <CommitLink sha={run.commit_sha} repoUrl={source?.repo_url} /> : t("noCommit")}
        </Fact>
        <Fact name={t("phase")}>
          <PhaseName run={run} />
        </Fact>
        <Fact name={t("id")}>
          <code className="font-mono text-xs">{run.id}</code>
        </Fact>
      </dl>
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-3">
      <dt className="w-24 shrink-0 text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}

const COUNTS = [
  ["filesTotal", "files_total"],
  ["filesDone", "files_done"],
  ["filesChanged", "files_changed"],
  ["filesRemoved", "files_removed"],
  ["filesFailed", "files_failed"],
  ["chunksTotal", "chunks_total"],
  ["chunksEmbedded", "chunks_embedded"],
] as const;

/** A run's counts, each with what it means. */
export function RunCounts({ run }: { run: SyncRun }) {
  const t = useTranslations("project.run");
  const format = useFormatter();
  return (
    <Panel title={t("counts")}>
      <dl className="px-4 py-2">
        {COUNTS.map(([name, field]) => (
          <div key={name} className="flex items-baseline gap-3 border-line-muted border-t py-2 first:border-t-0">
            <dt className="min-w-0 grow">
              {t(name)}
              <span className="block text-muted text-xs">{t(`${name}Hint`)}</span>
            </dt>
            <dd className="font-semibold tabular-nums">{format.number(run[field])}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
