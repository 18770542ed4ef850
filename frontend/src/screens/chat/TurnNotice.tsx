import { useTranslations } from "use-intl";
import type { Turn } from "@/screens/chat/turn";
import { ErrorNotice } from "@/ui/ErrorNotice";

interface TurnNoticeProps {
  turn: Turn | undefined;
  isBusy: boolean;
  onRetry: (question: string) => void;
}

/** What went wrong with the newest question, if it isn't told by the answer itself. */
export function TurnNotice({ turn, isBusy, onRetry }: TurnNoticeProps) {
  const t = useTranslations("chat");
  if (turn?.phase === "refused" && turn.error) {
    return <ErrorNotice error={turn.error} {...(isBusy ? {} : { onRetry: () => onRetry(turn.question) })} />;
  }
  if (turn?.phase !== "lost" || !isBusy) return null;
  return (
    <p role="status" className="rounded-md border border-warning bg-warning-soft px-3 py-2">
      {t("connectionLost")}
    </p>
  );
}

/** Says to who can't see it how far the answer is; its words are there to be read when it is complete. */
export function TurnAnnouncement({ turn }: { turn: Turn | undefined }) {
  const t = useTranslations("chat");
  return (
    <p role="status" className="sr-only">
      {turn && announcement(turn, t)}
    </p>
  );
}

function announcement(turn: Turn, t: ReturnType<typeof useTranslations<"chat">>): string | null {
  switch (turn.phase) {
    case "asking":
    case "searching":
    case "writing":
      return t("announceWriting");
    case "failed":
      return t("announceFailed");
    case "ended":
      if (turn.message?.status === "stopped") return t("stopped");
      return t(turn.message?.answered ? "announceComplete" : "announceUnanswered", {
        count: turn.message?.sources.length ?? 0,
      });
    default:
      return null; // a notice says it
  }
}
