import { useQuery } from "@tanstack/react-query";
import type { RefObject } from "react";
import { useTranslations } from "use-intl";
import { type Conversation, providersQuery } from "@/api/chat";
import { isGone } from "@/api/problem";
import { ChatHeader } from "@/screens/chat/ChatHeader";
import { Composer } from "@/screens/chat/Composer";
import type { ConversationAction } from "@/screens/chat/ConversationMenu";
import { MessageLog } from "@/screens/chat/MessageLog";
import { Start } from "@/screens/chat/Start";
import { TurnAnnouncement, TurnNotice } from "@/screens/chat/TurnNotice";
import { isRunning } from "@/screens/chat/turn";
import { useAsk } from "@/screens/chat/useAsk";
import type { OpenConversation } from "@/screens/chat/useConversation";
import { NotFound } from "@/shell/RouteStates";
import { useShortcut } from "@/shell/shortcuts";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { useErrorSentence } from "@/ui/errorSentence";
import { SkeletonRows } from "@/ui/Feedback";
import { useToast } from "@/ui/toast";

interface ConversationViewProps {
  projectId: number;
  conversationId: number | null;
  open: OpenConversation;
  field: RefObject<HTMLTextAreaElement | null>;
  cite: string | undefined;
  listButtonClass: string;
  /** On narrow screens the cited section lies over it. */
  isCovered: boolean;
  onShowList: () => void;
  onAction: (action: ConversationAction, conversation: Conversation) => void;
}

/** One conversation, or the start of a new one. */
export function ConversationView(props: ConversationViewProps) {
  const { projectId, conversationId, open, cite } = props;
  const { query, turn, messages } = open;
  const t = useTranslations("chat");
  const { ask, isBeginning, refusal } = useAsk(projectId, conversationId);
  const isBusy = open.isBusy || isBeginning;
  const stop = useStop(open);
  const sentence = useErrorSentence();
  const conversation = conversationId === null ? null : (query.data ?? null);
  const title = conversationId === null ? t("newConversation") : (conversation?.title ?? t("untitled"));
  if (isMissing(conversationId, query.error)) {
    return (
      <div className="min-w-0 grow overflow-y-auto">
        <NotFound {...(query.error ? { message: sentence(query.error) } : {})} />
      </div>
    );
  }
  return (
    <section
      aria-label={t("conversation")}
      className={`flex min-h-0 min-w-0 grow basis-0 flex-col ${props.isCovered ? "max-lg:invisible" : ""}`}
    >
      <title>{`${title} · BMADFlow`}</title>
      <ChatHeader
        {...{ projectId, conversation, title }}
        isBegun={conversationId !== null}
        listButtonClass={props.listButtonClass}
        onShowList={props.onShowList}
        onAction={props.onAction}
      />
      <Body {...{ projectId, conversationId, open }} openCite={cite} onAsk={isBusy ? null : ask} />
      <div className="mx-auto flex w-full max-w-3xl flex-col gap-2 px-4 pb-2 empty:hidden">
        {refusal && <ErrorNotice error={refusal.error} onRetry={() => ask(refusal.question)} />}
        {query.error && messages.length > 0 && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
        <TurnNotice turn={turn} isBusy={isBusy} onRetry={ask} />
      </div>
      <Composer
        {...{ projectId, conversationId, isBusy }}
        field={props.field}
        lastQuestion={messages.findLast((each) => each.role === "user")?.content}
        onAsk={ask}
        onStop={stop}
      />
      <TurnAnnouncement turn={turn} />
    </section>
  );
}

interface BodyProps {
  projectId: number;
  conversationId: number | null;
  open: OpenConversation;
  openCite: string | undefined;
  onAsk: ((question: string) => void) | null;
}

function Body({ projectId, conversationId, open, openCite, onAsk }: BodyProps) {
  const { query, turn, messages } = open;
  const isExtractive = useIsExtractive(query.data?.llm_provider_id ?? null);
  if (conversationId !== null && messages.length > 0) {
    const hits = isRunning(turn) ? turn.hits : undefined;
    return <MessageLog {...{ projectId, conversationId, messages, hits, openCite, onAsk }} />;
  }
  if (conversationId !== null && !query.data) {
    return (
      <div className="mx-auto w-full max-w-3xl grow p-4">
        {query.error ? <ErrorNotice error={query.error} onRetry={() => void query.refetch()} /> : <SkeletonRows />}
      </div>
    );
  }
  return <Start projectId={projectId} isExtractive={isExtractive} onPick={(question) => onAsk?.(question)} />;
}

function useStop(open: OpenConversation): () => void {
  const toast = useToast();
  const sentence = useErrorSentence();
  const stop = () => void open.stop().catch((error: Error) => toast(sentence(error)));
  useShortcut("stopAnswer", open.isBusy ? stop : null);
  return stop;
}

/** Whether answers are only quoted: so until a language model is set up. */
function useIsExtractive(providerId: number | null): boolean {
  const { data: providers } = useQuery(providersQuery);
  const provider = providers?.find((each) => (providerId === null ? each.is_default : each.id === providerId));
  return provider?.kind === "extractive";
}

function isMissing(conversationId: number | null, error: Error | null): boolean {
  return Number.isNaN(conversationId) || isGone(error);
}
