import { useRouter } from "@tanstack/react-router";
import { Copy, RotateCcw } from "lucide-react";
import { useCallback } from "react";
import { useTranslations } from "use-intl";
import type { Citation, Message } from "@/api/chat";
import { AnswerText } from "@/screens/chat/AnswerText";
import { answerAsMarkdown } from "@/screens/chat/answerMarkdown";
import { CitationChip } from "@/screens/chat/CitationChip";
import { citeOf } from "@/screens/chat/citeAddress";
import { useLineSpan } from "@/screens/chat/lineSpan";
import { SourceList } from "@/screens/chat/SourceList";
import { toDocument } from "@/shell/links";
import { Badge } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { Spinner } from "@/ui/Spinner";
import { Time } from "@/ui/Time";
import { useCopy } from "@/ui/useCopy";

interface AnswerProps {
  projectId: number;
  conversationId: number;
  message: Message;
  hits: number | null | undefined;
  openCite: string | undefined;
  /** Asks the same again; only where that makes sense. */
  onRetry: (() => void) | null;
}

/** One answer: its text, its sources, and how it ended. */
export function Answer({ projectId, conversationId, message, hits, openCite, onRetry }: AnswerProps) {
  const t = useTranslations("chat");
  const renderCitation = useCallback(
    (citation: Citation) => (
      <CitationChip
        {...{ projectId, conversationId, citation }}
        messageId={message.id}
        isOpen={openCite === citeOf(message.id, citation.n)}
      />
    ),
    [projectId, conversationId, message.id, openCite],
  );
  return (
    <article className="flex min-w-0 flex-col gap-3">
      <h2 className="sr-only">{t("answer")}</h2>
      {message.status === "complete" && !message.answered && (
        <p>
          <Badge tone="warning">{t("unanswered")}</Badge>
        </p>
      )}
      {message.content && (
        <AnswerText content={message.content} sources={message.sources} renderCitation={renderCitation} />
      )}
      {message.status === "streaming" && <Progress hits={hits} />}
      <Ending message={message} onRetry={onRetry} />
      {message.sources.length > 0 && (
        <SourceList {...{ projectId, conversationId, openCite }} messageId={message.id} sources={message.sources} />
      )}
      {message.status !== "streaming" && <Footer projectId={projectId} message={message} />}
    </article>
  );
}

function Progress({ hits }: Pick<AnswerProps, "hits">) {
  const t = useTranslations("chat");
  return (
    <p className="flex items-center gap-2 text-muted">
      <Spinner />
      {hits === null && t("searching")}
      {hits === undefined && t("announceWriting")}
      {typeof hits === "number" && t("writing", { hits })}
    </p>
  );
}

function Ending({ message, onRetry }: { message: Message; onRetry: (() => void) | null }) {
  const t = useTranslations("chat");
  if (message.status !== "stopped" && message.status !== "failed") return null;
  const isFailed = message.status === "failed";
  return (
    <div
      className={`flex flex-wrap items-center gap-2 rounded-md border p-3 ${isFailed ? "border-danger bg-danger-soft" : "border-line bg-subtle"}`}
    >
      <p className="min-w-0 grow">{isFailed ? (message.error_detail ?? t("failed")) : t("stopped")}</p>
      {onRetry && (
        <Button size="sm" onClick={onRetry}>
          <RotateCcw aria-hidden className="size-3.5" />
          {t("askAgain")}
        </Button>
      )}
    </div>
  );
}

function Footer({ projectId, message }: { projectId: number; message: Message }) {
  const t = useTranslations("chat");
  const copy = useCopyAnswer(projectId, message);
  return (
    <footer className="flex flex-wrap items-center gap-x-2 gap-y-1 text-muted text-xs">
      {message.content && (
        <IconButton size="sm" label={t("copy")} icon={<Copy aria-hidden className="size-3.5" />} onClick={copy} />
      )}
      <Time at={message.created_at} />
      {message.model && <span>· {message.model === "extractive" ? t("extractiveAnswer") : message.model}</span>}
    </footer>
  );
}

function useCopyAnswer(projectId: number, message: Message): () => void {
  const t = useTranslations("chat");
  const span = useLineSpan();
  const router = useRouter();
  const copy = useCopy();
  return () => {
    const address = ({ source_id, path, anchor, line_start, line_end }: Citation) => {
      const place = toDocument({ projectId, sourceId: source_id, path, anchor, lines: [line_start, line_end] });
      return new URL(router.buildLocation(place).href, location.origin).href;
    };
    const words = { sources: t("copiedSources"), lines: span };
    void copy(answerAsMarkdown(message, address, words), t("copied"));
  };
}
