import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslations } from "use-intl";
import {
  type Conversation,
  conversationQuery,
  conversationsQuery,
  deleteConversation,
  renameConversation,
} from "@/api/chat";
import { ApiError } from "@/api/problem";
import { turns } from "@/screens/chat/turnStore";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Dialog } from "@/ui/Dialog";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { Field, TextInput } from "@/ui/Field";

const MAX_TITLE = 255;

interface DialogProps {
  projectId: number;
  conversation: Conversation;
  onClose: () => void;
}

/** Asks for a conversation's new title. */
export function RenameDialog({ projectId, conversation, onClose }: DialogProps) {
  const t = useTranslations("chat");
  const client = useQueryClient();
  const [title, setTitle] = useState(conversation.title ?? "");
  const rename = useMutation({
    mutationFn: () => renameConversation(conversation.id, title.trim()),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: conversationsQuery(projectId).queryKey });
      void client.invalidateQueries({ queryKey: conversationQuery(projectId, conversation.id).queryKey });
      onClose();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (title.trim()) rename.mutate();
  };
  const refusal = rename.error instanceof ApiError ? rename.error.fieldMessage("title") : undefined;
  return (
    <Dialog isOpen onClose={onClose} title={t("renameTitle")}>
      <form onSubmit={submit} className="flex flex-col gap-3 p-4">
        <Field label={t("title")} error={refusal}>
          <TextInput value={title} maxLength={MAX_TITLE} required onChange={(event) => setTitle(event.target.value)} />
        </Field>
        {rename.error && !refusal && <ErrorNotice error={rename.error} />}
        <div className="flex justify-end">
          <Button type="submit" look="primary" isBusy={rename.isPending} disabled={!title.trim()}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface DeleteDialogProps extends DialogProps {
  /** Leaves the conversation, if it is the one that is shown. */
  onDeleted: () => Promise<void>;
}

/** Asks before a conversation is deleted. */
export function DeleteDialog({ projectId, conversation, onClose, onDeleted }: DeleteDialogProps) {
  const t = useTranslations("chat");
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteConversation(conversation.id),
    onSuccess: async () => {
      await onDeleted(); // what is still shown would be read again
      onClose();
      turns.forget(conversation.id);
      client.removeQueries({ queryKey: conversationQuery(projectId, conversation.id).queryKey, type: "inactive" });
      void client.invalidateQueries({ queryKey: conversationsQuery(projectId).queryKey });
    },
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title={t("deleteTitle")}
      confirmLabel={t("delete")}
      isBusy={remove.isPending}
      error={remove.error}
    >
      <p>{t("deleteText", { title: conversation.title ?? t("untitled"), count: conversation.message_count })}</p>
    </ConfirmDialog>
  );
}
