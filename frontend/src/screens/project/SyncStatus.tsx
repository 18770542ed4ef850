import { Ban, CircleCheck, CircleDashed, CircleX, Clock, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import type { SyncRun, SyncStatus } from "@/api/projects";
import { Badge, type Tone } from "@/ui/Badge";

const ICON = "size-3 shrink-0";
const LOOKS: Record<SyncStatus, { tone: Tone; icon: ReactNode }> = {
  never: { tone: "neutral", icon: <CircleDashed aria-hidden className={ICON} /> },
  queued: { tone: "neutral", icon: <Clock aria-hidden className={ICON} /> },
  running: { tone: "accent", icon: <LoaderCircle aria-hidden className={`${ICON} animate-spin`} /> },
  succeeded: { tone: "success", icon: <CircleCheck aria-hidden className={ICON} /> },
  failed: { tone: "danger", icon: <CircleX aria-hidden className={ICON} /> },
  cancelled: { tone: "neutral", icon: <Ban aria-hidden className={ICON} /> },
};

/** How the last sync of a project or of a source stands. */
export function SyncStatusBadge({ status }: { status: SyncStatus }) {
  const t = useTranslations("sync.status");
  const { tone, icon } = LOOKS[status];
  return (
    <Badge tone={tone} icon={icon}>
      {t(status)}
    </Badge>
  );
}

/** How a run stands; of a re-index it says that it is one. */
export function RunStatusBadge({ run }: { run: Pick<SyncRun, "kind" | "status"> }) {
  const t = useTranslations("sync.reindexStatus");
  if (run.kind === "sync") return <SyncStatusBadge status={run.status} />;
  const { tone, icon } = LOOKS[run.status];
  return (
    <Badge tone={tone} icon={icon}>
      {t(run.status)}
    </Badge>
  );
}
