import { useLocation, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { Conversation } from "@/api/chat";
import { CitationPanel } from "@/screens/chat/CitationPanel";
import { DeleteDialog, RenameDialog } from "@/screens/chat/ConversationDialogs";
import { ConversationList } from "@/screens/chat/ConversationList";
import type { ConversationAction } from "@/screens/chat/ConversationMenu";
import { ConversationView } from "@/screens/chat/ConversationView";
import { takeHandedOver, writeDraft } from "@/screens/chat/drafts";
import { useConversation } from "@/screens/chat/useConversation";
import { useShortcut } from "@/shell/shortcuts";
import { Dialog } from "@/ui/Dialog";

/** Questions about a project's documents: one's conversations, the one that is open, and what it cites beside it. */
export function Chat() {
  const t = useTranslations("chat");
  const { projectId } = useParams({ from: "/projects/$projectId" });
  const { conversationId = null } = useParams({ strict: false });
  const { cite } = useSearch({ from: "/projects/$projectId/chat" });
  const [isListOpen, setListOpen] = useState(false);
  const [pending, setPending] = useState<{ action: ConversationAction; conversation: Conversation } | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const open = useConversation(projectId, conversationId);
  const begin = useNewConversation(projectId, field);
  useHandedOver(projectId, conversationId, field);
  const list = {
    projectId,
    currentId: conversationId,
    onAction: (action: ConversationAction, conversation: Conversation) => {
      setListOpen(false);
      setPending({ action, conversation });
    },
  };
  const isBeside = conversationId !== null && cite !== undefined;
  return (
    <div className="flex h-full min-h-0 overflow-clip">
      <nav
        aria-label={t("conversations")}
        className={`relative hidden w-64 shrink-0 overflow-y-auto border-line border-r bg-subtle ${isBeside ? "xl:block" : "lg:block"}`}
      >
        <ConversationList {...list} />
      </nav>
      <div className="relative flex min-w-0 grow">
        <ConversationView
          {...{ projectId, conversationId, open, field, cite }}
          listButtonClass={isBeside ? "xl:hidden" : "lg:hidden"}
          isCovered={isBeside}
          onShowList={() => setListOpen(true)}
          onAction={list.onAction}
        />
        {isBeside && (
          <CitationPanel
            {...{ projectId, conversationId, cite }}
            messages={open.messages}
            isPending={open.query.isPending}
          />
        )}
      </div>
      <Dialog isOpen={isListOpen} onClose={() => setListOpen(false)} title={t("conversations")}>
        <ConversationList {...list} onLeave={() => setListOpen(false)} />
      </Dialog>
      {pending && (
        <ActionDialog
          {...pending}
          projectId={projectId}
          onClose={() => setPending(null)}
          onDeleted={async () => {
            if (pending.conversation.id === conversationId) await begin();
          }}
        />
      )}
    </div>
  );
}

interface ActionDialogProps {
  projectId: number;
  action: ConversationAction;
  conversation: Conversation;
  onClose: () => void;
  onDeleted: () => Promise<void>;
}

function ActionDialog({ action, onDeleted, ...rest }: ActionDialogProps) {
  return action === "rename" ? <RenameDialog {...rest} /> : <DeleteDialog {...rest} onDeleted={onDeleted} />;
}

/** A way to a conversation that isn't begun yet, by shortcut too. */
function useNewConversation(projectId: number, field: RefObject<HTMLTextAreaElement | null>): () => Promise<void> {
  const navigate = useNavigate();
  const begin = async () => {
    await navigate({ to: "/projects/$projectId/chat", params: { projectId } });
    field.current?.focus();
  };
  useShortcut("newConversation", () => void begin());
  useShortcut("focusQuestion", () => field.current?.focus());
  return begin;
}

/** Puts a question that was written elsewhere in the client into the field. */
function useHandedOver(
  projectId: number,
  conversationId: number | null,
  field: RefObject<HTMLTextAreaElement | null>,
): void {
  const visit = useLocation({ select: ({ state }) => state.__TSR_key });
  // biome-ignore lint/correctness/useExhaustiveDependencies: every visit may bring a question, to the same address too
  useEffect(() => {
    const question = takeHandedOver(projectId);
    if (question === null) return;
    writeDraft(projectId, conversationId, question);
    field.current?.focus();
  }, [projectId, conversationId, visit]);
}
