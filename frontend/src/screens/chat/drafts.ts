import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const unsaved = new Map<string, string>();

function keyOf(projectId: number, conversationId: number | null): string {
  return `bmadflow.draft.${projectId}.${conversationId ?? "new"}`;
}

/** What is written but not asked yet in a conversation (null: one that isn't begun). */
export function readDraft(projectId: number, conversationId: number | null): string {
  const key = keyOf(projectId, conversationId);
  return unsaved.get(key) ?? stored(() => sessionStorage.getItem(key)) ?? "";
}

export function writeDraft(projectId: number, conversationId: number | null, text: string): void {
  const key = keyOf(projectId, conversationId);
  unsaved.set(key, text);
  stored(() => (text ? sessionStorage.setItem(key, text) : sessionStorage.removeItem(key)));
  for (const listener of listeners) listener();
}

/** Gives a question back that couldn't be asked, unless something else has been written meanwhile. */
export function restoreDraft(projectId: number, conversationId: number | null, question: string): void {
  if (readDraft(projectId, conversationId) === "") writeDraft(projectId, conversationId, question);
}

/** The question that another part of the client hands over to the project's chat; it is handed over once. */
export function takeHandedOver(projectId: number): string | null {
  const key = `bmadflow.ask.${projectId}`;
  const question = stored(() => sessionStorage.getItem(key));
  stored(() => sessionStorage.removeItem(key));
  return question ?? null;
}

export function useDraft(projectId: number, conversationId: number | null): [string, (text: string) => void] {
  const draft = useSyncExternalStore(subscribe, () => readDraft(projectId, conversationId));
  const write = useCallback((text: string) => writeDraft(projectId, conversationId, text), [projectId, conversationId]);
  return [draft, write];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A browser that stores nothing keeps drafts until the page is closed. */
function stored<Value>(access: () => Value): Value | null {
  try {
    return access();
  } catch {
    return null;
  }
}
