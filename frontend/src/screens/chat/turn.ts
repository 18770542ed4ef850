import type { Citation, Message } from "@/api/chat";
import { type ApiError, toApiError } from "@/api/problem";
import type { AnswerEvent } from "@/screens/chat/answerStream";

/**
 * How far a question has come: `asking` (not yet taken), `searching`, `writing`, then one end: `ended` (complete or
 * stopped), `failed`, `refused` (never taken by the server), `lost` (taken, but the connection broke).
 */
type Phase = "asking" | "searching" | "writing" | "ended" | "failed" | "refused" | "lost";

/** A question and its answer as this page sees them come. */
export interface Turn {
  phase: Phase;
  question: string;
  userMessage: Message | null;
  /** The answer's id, once the server has taken the question. */
  messageId: number | null;
  /** How many sections were found; null before that is known. */
  hits: number | null;
  text: string;
  sources: Citation[];
  /** The answer as stored, once it is. */
  message: Message | null;
  error: ApiError | null;
}

export function newTurn(question: string): Turn {
  return {
    phase: "asking",
    question,
    userMessage: null,
    messageId: null,
    hits: null,
    text: "",
    sources: [],
    message: null,
    error: null,
  };
}

/** The turn after one more event. */
export function afterEvent(turn: Turn, event: AnswerEvent): Turn {
  switch (event.type) {
    case "message.started":
      return {
        ...turn,
        phase: "searching",
        userMessage: event.data.user_message,
        messageId: event.data.message_id,
      };
    case "retrieval":
      return { ...turn, phase: "writing", hits: event.data.hits };
    case "token":
      return { ...turn, phase: "writing", text: turn.text + event.data.text };
    case "citation":
      return { ...turn, sources: [...turn.sources, event.data] };
    case "message.completed":
      return { ...turn, phase: "ended", message: event.data };
    case "message.failed":
      return { ...turn, phase: "failed", error: toApiError(event.data.status, event.data) };
  }
}

/** The turn when nothing more will come, for this reason if there is one. */
export function afterBreak(turn: Turn, error: ApiError | null): Turn {
  if (!isRunning(turn)) return turn;
  return { ...turn, phase: turn.messageId === null ? "refused" : "lost", error };
}

export function isRunning(turn: Turn | undefined): turn is Turn {
  return turn !== undefined && ["asking", "searching", "writing"].includes(turn.phase);
}

/** The conversation with the turn in its place: what the page saw itself is newer until the server has an end. */
export function withTurn(stored: Message[], turn: Turn | undefined): Message[] {
  if (!turn || turn.phase === "refused") return stored;
  if (holdsEnd(stored, turn)) return stored;
  return [...before(stored, turn), questionOf(turn), answerOf(turn)];
}

/** Whether the conversation as stored has all of a turn that has ended, so that the turn isn't needed any more. */
export function holdsEnd(stored: Message[], turn: Turn): boolean {
  const known = stored.find((each) => each.id === turn.messageId);
  return known !== undefined && known.status !== "streaming" && !isRunning(turn);
}

/** Whether an answer is being written that this page doesn't see come, so that it has to ask for it. */
export function isWaiting(stored: Message[], turn: Turn | undefined): boolean {
  return !isRunning(turn) && withTurn(stored, turn).at(-1)?.status === "streaming";
}

function before(stored: Message[], turn: Turn): Message[] {
  const first = turn.userMessage?.id;
  if (first !== undefined) return stored.filter((each) => each.id < first);
  const [question, answer] = stored.slice(-2);
  const isThere = answer?.status === "streaming" && question?.content === turn.question;
  return isThere ? stored.slice(0, -2) : stored;
}

const NOT_YET = {
  conversation_id: 0,
  status: "complete",
  answered: true,
  sources: [],
  model: null,
  usage: { input_tokens: 0, output_tokens: 0 },
  error_code: null,
  error_detail: null,
  created_at: "",
} as const satisfies Partial<Message>;

function questionOf(turn: Turn): Message {
  return turn.userMessage ?? { ...NOT_YET, sources: [], id: -2, role: "user", content: turn.question };
}

function answerOf(turn: Turn): Message {
  if (turn.message) return turn.message;
  const seen: Message = {
    ...NOT_YET,
    id: turn.messageId ?? -1,
    role: "assistant",
    content: turn.text,
    sources: turn.sources,
    created_at: turn.userMessage?.created_at ?? "",
  };
  if (turn.phase !== "failed") return { ...seen, status: "streaming" };
  return { ...seen, status: "failed", error_code: turn.error?.code ?? null, error_detail: turn.error?.message ?? null };
}
