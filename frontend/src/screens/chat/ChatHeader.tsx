import { Link } from "@tanstack/react-router";
import { PanelLeft, Plus } from "lucide-react";
import { useTranslations } from "use-intl";
import type { Conversation } from "@/api/chat";
import { type ConversationAction, ConversationMenu } from "@/screens/chat/ConversationMenu";
import { buttonClasses, IconButton } from "@/ui/Button";
import { Tooltip } from "@/ui/Tooltip";

interface ChatHeaderProps {
  projectId: number;
  /** Null before it is begun or while it is being loaded. */
  conversation: Conversation | null;
  /** There is nothing to begin where nothing has been asked. */
  isBegun: boolean;
  title: string;
  /** Where the list has its own place, the button for it isn't needed. */
  listButtonClass: string;
  onShowList: () => void;
  onAction: (action: ConversationAction, conversation: Conversation) => void;
}

export function ChatHeader(props: ChatHeaderProps) {
  const { projectId, conversation, isBegun, title, listButtonClass, onShowList, onAction } = props;
  const t = useTranslations("chat");
  return (
    <header className="flex h-11 shrink-0 items-center gap-1 border-line border-b px-2 sm:px-4">
      <span className={listButtonClass}>
        <IconButton
          label={t("showConversations")}
          icon={<PanelLeft aria-hidden className="size-4" />}
          onClick={onShowList}
        />
      </span>
      <h1 className="min-w-0 truncate font-semibold text-sm">{title}</h1>
      {conversation && <ConversationMenu conversation={conversation} onAction={onAction} />}
      <div className="grow" />
      {isBegun && <NewConversation projectId={projectId} />}
    </header>
  );
}

function NewConversation({ projectId }: { projectId: number }) {
  const t = useTranslations("chat");
  return (
    <Tooltip text={t("newConversation")} shortcut="n">
      <Link to="/projects/$projectId/chat" params={{ projectId }} className={buttonClasses("default", "sm")}>
        <Plus aria-hidden className="size-3.5" />
        <span className="max-sm:sr-only">{t("newConversation")}</span>
      </Link>
    </Tooltip>
  );
}
