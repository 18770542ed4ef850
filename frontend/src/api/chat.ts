import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "@/api/client";
import type { DocumentSummary, Kind } from "@/api/documents";
import { projectKey } from "@/api/projects";

export type Conversation = Schemas["ConversationResponse"];
export type Message = Schemas["MessageResponse"];
export type Citation = Schemas["CitationResponse"];

export const providersQuery = queryOptions({
  queryKey: ["llm-providers"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/llm-providers", { signal }))).items,
});

export const conversationsQuery = (projectId: number) =>
  infiniteQueryOptions({
    queryKey: [...projectKey(projectId), "conversations"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const query = pageParam ? { limit: 50, cursor: pageParam } : { limit: 50 };
      const params = { path: { project_id: projectId }, query };
      return unwrap(api.GET("/api/projects/{project_id}/conversations", { params, signal }));
    },
    getNextPageParam: (page) => page.next_cursor,
  });

export const conversationQuery = (projectId: number, conversationId: number) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "conversation", conversationId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/conversations/{conversation_id}", {
          params: { path: { conversation_id: conversationId } },
          signal,
        }),
      ),
  });

/** What a project's documents suggest asking about: one of each kind that most projects have, four at most. */
export const sampleDocumentsQuery = (projectId: number) =>
  queryOptions({
    queryKey: [...projectKey(projectId), "sample-documents"],
    queryFn: async ({ signal }) => {
      const first = (kind: Kind, limit: number) => firstDocuments(projectId, kind, limit, signal);
      const found = await Promise.all([
        ...(["prd", "architecture", "epic", "story"] as const).map((kind) => first(kind, 1)),
        first("doc", SAMPLES),
      ]);
      return found.flat().slice(0, SAMPLES);
    },
    staleTime: Number.POSITIVE_INFINITY, // the project's events say when it changes
  });

const SAMPLES = 4;

async function firstDocuments(
  projectId: number,
  kind: Kind,
  limit: number,
  signal: AbortSignal,
): Promise<DocumentSummary[]> {
  const params = { path: { project_id: projectId }, query: { kind: [kind], limit } };
  return (await unwrap(api.GET("/api/projects/{project_id}/documents", { params, signal }))).items;
}

export function createConversation(projectId: number): Promise<Conversation> {
  const params = { path: { project_id: projectId } };
  return unwrap(api.POST("/api/projects/{project_id}/conversations", { params, body: {} }));
}

export function renameConversation(conversationId: number, title: string): Promise<Conversation> {
  const params = { path: { conversation_id: conversationId } };
  return unwrap(api.PATCH("/api/conversations/{conversation_id}", { params, body: { title } }));
}

export async function deleteConversation(conversationId: number): Promise<void> {
  const params = { path: { conversation_id: conversationId } };
  await unwrap(api.DELETE("/api/conversations/{conversation_id}", { params }));
}

export function stopMessage(messageId: number): Promise<Message> {
  return unwrap(api.POST("/api/messages/{message_id}/stop", { params: { path: { message_id: messageId } } }));
}

/** Asks a question; the answer as the bytes of an event stream. The server writes on, whoever stops reading. */
export async function openAnswer(conversationId: number, content: string): Promise<ReadableStream<Uint8Array>> {
  const body = await unwrap(
    api.POST("/api/conversations/{conversation_id}/messages", {
      params: { path: { conversation_id: conversationId } },
      body: { content },
      headers: { Accept: "text/event-stream" },
      parseAs: "stream",
    }),
  );
  return body ?? new ReadableStream({ start: (controller) => controller.close() });
}
