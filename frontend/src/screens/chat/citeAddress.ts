import type { Citation, Message } from "@/api/chat";

/** A citation in an address, `<messageId>.<n>`. */
export function citeOf(messageId: number, n: number): string {
  return `${messageId}.${n}`;
}

export interface Cited {
  messageId: number;
  citation: Citation;
  previous: Citation | undefined;
  next: Citation | undefined;
}

/** The citation that an address names, with its neighbours in the same answer; null where there is none. */
export function findCited(messages: Message[], cite: string): Cited | null {
  for (const message of messages) {
    const at = message.sources.findIndex((each) => citeOf(message.id, each.n) === cite);
    const citation = message.sources[at];
    if (!citation) continue;
    return { messageId: message.id, citation, previous: message.sources[at - 1], next: message.sources[at + 1] };
  }
  return null;
}
