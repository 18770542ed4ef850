import { Download, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useTranslations } from "use-intl";
import type { Conversation } from "@/api/chat";
import { IconButton } from "@/ui/Button";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "@/ui/Menu";

export type ConversationAction = "rename" | "delete";

interface ConversationMenuProps {
  conversation: Conversation;
  onAction: (action: ConversationAction, conversation: Conversation) => void;
  size?: "sm" | "md";
}

/** What can be done with a conversation. */
export function ConversationMenu({ conversation, onAction, size = "md" }: ConversationMenuProps) {
  const t = useTranslations("chat");
  const label = t("actionsOf", { title: conversation.title ?? t("untitled") });
  return (
    <Menu trigger={<IconButton size={size} label={label} icon={<Ellipsis aria-hidden className="size-4" />} />}>
      <MenuItem
        icon={<Pencil aria-hidden className="size-4 text-muted" />}
        onSelect={() => onAction("rename", conversation)}
      >
        {t("rename")}
      </MenuItem>
      <MenuLink>
        <a href={`/api/conversations/${conversation.id}/export?format=md`} download>
          <Download aria-hidden className="size-4 text-muted" />
          {t("export")}
        </a>
      </MenuLink>
      <MenuSeparator />
      <MenuItem
        icon={<Trash2 aria-hidden className="size-4" />}
        isDanger
        onSelect={() => onAction("delete", conversation)}
      >
        {t("delete")}
      </MenuItem>
    </Menu>
  );
}
