import { useFormatter, useLocale, useNow, useTranslations } from "use-intl";
import type { SyncRun } from "@/api/projects";
import { formatDuration, formatRate, formatRemaining } from "@/screens/project/measures";
import type { Pace } from "@/screens/project/pace";
import { isPhase, partDone, secondsOf } from "@/screens/project/runs";
import { usePace } from "@/screens/project/usePace";
import { Progress } from "@/ui/Feedback";

/** What an open run is doing and how far it is, as it happens. Give it the run's id as `key`. */
export function RunProgress({ run, isCancelling = false }: { run: SyncRun; isCancelling?: boolean }) {
  const t = useTranslations("sync.progress");
  const now = useNow({ updateInterval: 1_000 }).getTime();
  const pace = usePace(run, now);
  return (
    <div className="flex flex-col gap-1.5">
      <p role="status" className="font-medium text-sm">
        {isCancelling ? t("cancelling") : <PhaseName run={run} />}
      </p>
      <Progress value={run.status === "queued" ? 0 : partDone(run)} label={t("label")} />
      <Counts run={run} pace={pace} seconds={secondsOf(run, now)} />
    </div>
  );
}

/** What a run is doing, in words. */
export function PhaseName({ run }: { run: SyncRun }) {
  const t = useTranslations("sync.phases");
  const phase = run.status === "queued" ? "queued" : run.phase;
  return isPhase(phase) ? t(phase) : phase;
}

function Counts({ run, pace, seconds }: { run: SyncRun; pace: Pace | null; seconds: number | null }) {
  const t = useTranslations("sync.progress");
  const locale = useLocale();
  const format = useFormatter();
  const knowsFiles = partDone(run) !== undefined;
  const facts = [
    knowsFiles && t("files", { done: format.number(run.files_done), total: run.files_total }),
    knowsFiles && run.chunks_total > 0 && t("passages", { count: run.chunks_total }),
    pace && pace.perSecond > 0 && t("rate", { rate: formatRate(pace.perSecond, locale) }),
    pace?.remainingSeconds ? t("remaining", { time: formatRemaining(pace.remainingSeconds, locale) }) : null,
    seconds !== null && t("elapsed", { time: formatDuration(Math.round(seconds), locale) }),
    run.warnings.length > 0 && t("warnings", { count: run.warnings.length }),
  ].filter((fact) => typeof fact === "string");
  if (facts.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-x-3 text-muted text-xs tabular-nums">
      {facts.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}
