import { useTranslations } from "use-intl";
import { Badge, type Tone } from "@/ui/Badge";
import { classes } from "@/ui/classes";

const TONES = {
  backlog: "neutral",
  blocked: "danger",
  done: "success",
  draft: "neutral",
  dropped: "neutral",
  in_progress: "warning",
  ready: "accent",
  review: "done",
  unknown: "neutral",
} as const satisfies Record<string, Tone>;

const DOTS: Record<Tone, string> = {
  accent: "bg-accent",
  danger: "bg-danger",
  done: "bg-done",
  neutral: "border border-control-line",
  success: "bg-success",
  warning: "bg-warning",
};

type Status = keyof typeof TONES;

/** What a document says of its own state ("In progress"). */
export function DocumentStatus({ status }: { status: string }) {
  const name = useStatusName(status);
  return <Badge tone={toneOf(status)}>{name}</Badge>;
}

/** The same as a small dot, where there is no room for words. */
export function StatusDot({ status }: { status: string }) {
  const name = useStatusName(status);
  return (
    <span role="img" aria-label={name} title={name} className="inline-flex size-4 shrink-0 items-center justify-center">
      <span className={classes("size-2 rounded-full", DOTS[toneOf(status)])} />
    </span>
  );
}

function useStatusName(status: string): string {
  const t = useTranslations("ui.statuses");
  return isKnown(status) ? t(status) : status;
}

function toneOf(status: string): Tone {
  return isKnown(status) ? TONES[status] : "neutral";
}

function isKnown(status: string): status is Status {
  return status in TONES;
}
