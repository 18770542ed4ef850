import type { Message } from "@/api/chat";

/** What of a conversation was seen to its end; compares equal as long as nothing new has come. */
export type Seen = string;

export function newestIn(messages: readonly Message[]): Seen {
  return `${messages.length} ${isWriting(messages) ? "begun" : "whole"}`;
}

interface Look {
  seen: Seen;
  /** Whether something below is new to the reader, or an answer grows there. */
  isNewsBelow: boolean;
}

/** What a look at the messages tells someone who has seen so much of them, and what of them is seen then. */
export function lookAt(messages: readonly Message[], seen: Seen, isAtBottom: boolean): Look {
  const newest = newestIn(messages);
  if (isAtBottom) return { seen: newest, isNewsBelow: false };
  return { seen, isNewsBelow: isWriting(messages) || newest !== seen };
}

function isWriting(messages: readonly Message[]): boolean {
  return messages.at(-1)?.status === "streaming";
}
