import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { conversationQuery, conversationsQuery, type Message, stopMessage } from "@/api/chat";
import { isGone } from "@/api/problem";
import { restoreDraft } from "@/screens/chat/drafts";
import { holdsEnd, isRunning, isWaiting, withTurn } from "@/screens/chat/turn";
import { turns } from "@/screens/chat/turnStore";

const WAIT_MS = 1_000;
const NONE: Message[] = [];

/** A conversation with the answer that is coming in, if one is; null is the one that isn't begun. */
export function useConversation(projectId: number, conversationId: number | null) {
  const client = useQueryClient();
  const turn = useSyncExternalStore(turns.subscribe, () =>
    conversationId === null ? undefined : turns.get(conversationId),
  );
  const query = useQuery({
    ...conversationQuery(projectId, conversationId ?? 0),
    enabled: conversationId !== null && !Number.isNaN(conversationId),
    refetchInterval: ({ state }) =>
      isWaiting(state.data?.messages ?? NONE, turn) && !isGone(state.error) ? WAIT_MS : false,
  });
  const stored = query.data?.messages ?? NONE;
  const messages = useMemo(() => withTurn(stored, turn), [stored, turn]);
  const takenId = turn?.messageId ?? null;
  useEffect(() => {
    // The first question has just given the conversation its title.
    if (conversationId !== null && takenId !== null) refreshConversation(client, projectId, conversationId);
  }, [client, projectId, conversationId, takenId]);
  useEffect(() => () => leave(client, projectId, conversationId), [client, projectId, conversationId]);
  const isBusy = isRunning(turn) || isWaiting(stored, turn);
  return { query, turn, messages, isBusy, stop: () => stopAnswer(client, projectId, conversationId, messages) };
}

export type OpenConversation = ReturnType<typeof useConversation>;

/** Asks, and has what is shown of the conversation follow; goes on when its screen is left. */
export async function askIn(
  client: QueryClient,
  projectId: number,
  conversationId: number,
  question: string,
): Promise<void> {
  const turn = await turns.ask(conversationId, question);
  if (turn.phase === "refused") restoreDraft(projectId, conversationId, question);
  refreshConversation(client, projectId, conversationId);
}

/** Stops the answer that is being written, whether this page follows it or not. Throws ApiError. */
async function stopAnswer(
  client: QueryClient,
  projectId: number,
  conversationId: number | null,
  messages: Message[],
): Promise<void> {
  if (conversationId === null) return;
  const last = messages.at(-1);
  if (isRunning(turns.get(conversationId))) return turns.stop(conversationId);
  if (last?.status !== "streaming") return;
  await stopMessage(last.id);
  refreshConversation(client, projectId, conversationId);
}

/** While it is shown, the turn still says how it ended; afterwards what is stored is enough. */
function leave(client: QueryClient, projectId: number, conversationId: number | null): void {
  if (conversationId === null) return;
  const turn = turns.get(conversationId);
  const stored = client.getQueryData(conversationQuery(projectId, conversationId).queryKey);
  if (turn && stored && holdsEnd(stored.messages, turn)) turns.forget(conversationId);
}

function refreshConversation(client: QueryClient, projectId: number, conversationId: number): void {
  void client.invalidateQueries({ queryKey: conversationQuery(projectId, conversationId).queryKey });
  void client.invalidateQueries({ queryKey: conversationsQuery(projectId).queryKey });
}
