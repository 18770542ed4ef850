import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { Message } from "@/api/chat";
import { Answer } from "@/screens/chat/Answer";
import { lookAt, newestIn } from "@/screens/chat/news";
import { useStickToBottom } from "@/screens/chat/useStickToBottom";
import { Tooltip } from "@/ui/Tooltip";

const INSTANT_MS = 2_000;

interface MessageLogProps {
  projectId: number;
  conversationId: number;
  messages: Message[];
  /** How many sections the running answer was given; null before that is known, undefined where it isn't seen. */
  hits: number | null | undefined;
  openCite: string | undefined;
  /** Null while a question can't be asked. */
  onAsk: ((question: string) => void) | null;
}

/** Questions and answers. It isn't read out as it grows: the screen announces when an answer is there. */
export function MessageLog({ projectId, conversationId, messages, hits, openCite, onAsk }: MessageLogProps) {
  const t = useTranslations("chat");
  const { frame, content, isAtBottom, toBottom, showFrom, release } = useStickToBottom(conversationId);
  const isNewsBelow = useNewsBelow(messages, isAtBottom);
  const lastQuestion = messages.findLast((each) => each.role === "user");
  // biome-ignore lint/correctness/useExhaustiveDependencies: a question just asked is shown, wherever one was
  useLayoutEffect(toBottom, [lastQuestion?.id, toBottom]);
  useLayoutEffect(() => {
    if (!openCite) return;
    release(); // the column gets narrower, and what was just pressed should stay in sight
    frame.current?.querySelector(`[data-cite="${CSS.escape(openCite)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [openCite, release, frame]);
  useBeginningOfInstantAnswer(messages, () => {
    if (isAtBottom) showFrom(content.current?.querySelector("article:nth-last-of-type(2)"));
  });
  const retry = onAsk && lastQuestion ? () => onAsk(lastQuestion.content) : null;
  return (
    <div className="relative min-h-0 grow">
      <div ref={frame} className="relative h-full overflow-y-auto">
        <div
          ref={content}
          role="log"
          aria-live="off"
          aria-label={t("messages")}
          className="mx-auto flex max-w-3xl flex-col gap-6 px-4 py-6"
        >
          {messages.map((message, index) =>
            message.role === "user" ? (
              <Question key={message.id} content={message.content} />
            ) : (
              <Answer
                key={message.id}
                {...{ projectId, conversationId, message, openCite }}
                hits={hits}
                onRetry={index === messages.length - 1 ? retry : null}
              />
            ),
          )}
        </div>
      </div>
      {isNewsBelow && <ToNewest onClick={toBottom} />}
    </div>
  );
}

function useNewsBelow(messages: Message[], isAtBottom: boolean): boolean {
  const [seen, setSeen] = useState(() => newestIn(messages));
  const look = lookAt(messages, seen, isAtBottom);
  if (look.seen !== seen) setSeen(look.seen);
  return look.isNewsBelow;
}

function ToNewest({ onClick }: { onClick: () => void }) {
  const t = useTranslations("chat");
  return (
    <Tooltip text={t("toNewest")}>
      <button
        type="button"
        aria-label={t("toNewest")}
        onClick={onClick}
        className="absolute right-5 bottom-3 flex size-8 items-center justify-center rounded-full border border-line bg-raised text-muted shadow-overlay hover:bg-subtle hover:text-fg"
      >
        <ArrowDown aria-hidden className="size-4" />
      </button>
    </Tooltip>
  );
}

/** An answer that comes at once is read from its question on; one that is written slowly is followed. */
function useBeginningOfInstantAnswer(messages: Message[], show: () => void): void {
  const writingSince = useRef<number | null>(null);
  const isWriting = messages.at(-1)?.status === "streaming";
  const latest = useRef(show);
  latest.current = show;
  useEffect(() => {
    const now = performance.now();
    if (!isWriting && writingSince.current !== null && now - writingSince.current < INSTANT_MS) latest.current();
    writingSince.current = isWriting ? (writingSince.current ?? now) : null;
  }, [isWriting]);
}

function Question({ content }: { content: string }) {
  const t = useTranslations("chat");
  return (
    <article className="ml-auto scroll-mt-4 max-w-[85%] rounded-lg border border-line-muted bg-subtle px-3 py-2">
      <h2 className="sr-only">{t("question")}</h2>
      <p className="whitespace-pre-wrap">{content}</p>
    </article>
  );
}
