import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { type Conversation, conversationQuery, createConversation } from "@/api/chat";
import { readDraft, writeDraft } from "@/screens/chat/drafts";
import { askIn } from "@/screens/chat/useConversation";

interface Ask {
  ask: (question: string) => void;
  /** A conversation is being begun. */
  isBeginning: boolean;
  /** Why it couldn't be; the question that should have begun it. */
  refusal: { error: Error; question: string } | null;
}

/** Asks in a conversation, or (null) begins one with the question and goes to its address. */
export function useAsk(projectId: number, conversationId: number | null): Ask {
  const client = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const begin = useMutation({
    mutationFn: (_: string) => createConversation(projectId),
    onSuccess: (made, question) => {
      rememberEmpty(client, made);
      clearDraft(projectId, null, question);
      void askIn(client, projectId, made.id, question);
      // Who has gone elsewhere meanwhile stays there.
      const { pathname } = router.buildLocation({ to: "/projects/$projectId/chat", params: { projectId } });
      if (router.state.location.pathname !== pathname) return;
      void navigate({
        to: "/projects/$projectId/chat/$conversationId",
        params: { projectId, conversationId: made.id },
        search: {},
        replace: true,
      });
    },
  });
  const ask = (question: string) => {
    if (conversationId === null) return begin.mutate(question);
    clearDraft(projectId, conversationId, question);
    void askIn(client, projectId, conversationId, question);
  };
  const refusal = conversationId === null && begin.error ? { error: begin.error, question: begin.variables } : null;
  return { ask, isBeginning: begin.isPending, refusal };
}

/** Nothing needs to be asked of the server about a conversation just made. */
function rememberEmpty(client: QueryClient, made: Conversation): void {
  client.setQueryData(conversationQuery(made.project_id, made.id).queryKey, { ...made, messages: [] });
}

function clearDraft(projectId: number, conversationId: number | null, question: string): void {
  if (readDraft(projectId, conversationId).trim() === question) writeDraft(projectId, conversationId, "");
}
