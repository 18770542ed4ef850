import { useLocale, useNow } from "use-intl";
import type { SyncRun } from "@/api/projects";
import { formatDuration } from "@/screens/project/measures";
import { secondsOf } from "@/screens/project/runs";

/** How long a run took, or takes already. */
export function RunDuration({ run }: { run: SyncRun }) {
  return run.finished_at === null && run.started_at !== null ? <Growing run={run} /> : <Duration run={run} now={0} />;
}

function Growing({ run }: { run: SyncRun }) {
  const now = useNow({ updateInterval: 1_000 });
  return <Duration run={run} now={now.getTime()} />;
}

function Duration({ run, now }: { run: SyncRun; now: number }) {
  const locale = useLocale();
  const seconds = secondsOf(run, now);
  if (seconds === null) return "–";
  return formatDuration(run.finished_at === null ? Math.round(seconds) : seconds, locale);
}
