import { expect, test } from "vitest";
import type { Citation, Message } from "@/api/chat";
import type { AnswerEvent } from "@/screens/chat/answerStream";
import {
  afterBreak,
  afterEvent,
  holdsEnd,
  isRunning,
  isWaiting,
  newTurn,
  type Turn,
  withTurn,
} from "@/screens/chat/turn";

function message(id: number, role: Message["role"], changes: Partial<Message> = {}): Message {
  return {
    id,
    conversation_id: 7,
    role,
    content: `text ${id}`,
    status: "complete",
    answered: role === "assistant",
    sources: [],
    model: null,
    usage: { input_tokens: 0, output_tokens: 0 },
    error_code: null,
    error_detail: null,
    created_at: "2026-03-04T10:00:00Z",
    ...changes,
  };
}

const citation = { n: 1, path: "docs/prd.md" } as Citation;
const started: AnswerEvent = {
  type: "message.started",
  data: { user_message: message(3, "user", { content: "Why?" }), message_id: 4 },
};
const earlier = [message(1, "user"), message(2, "assistant")];

function turnAfter(...events: AnswerEvent[]): Turn {
  return events.reduce(afterEvent, newTurn("Why?"));
}

test("the events of a stream become the answer piece by piece", () => {
  const turn = turnAfter(
    started,
    { type: "retrieval", data: { hits: 3 } },
    { type: "token", data: { text: "Because " } },
    { type: "token", data: { text: "[1]." } },
    { type: "citation", data: citation },
  );
  expect(turn).toMatchObject({ phase: "writing", messageId: 4, hits: 3, text: "Because [1].", sources: [citation] });
  expect(isRunning(turn)).toBe(true);
});

test("the stored answer replaces what was seen of it", () => {
  const stored = message(4, "assistant", { content: "Stored.", status: "stopped" });
  const turn = turnAfter(
    started,
    { type: "token", data: { text: "Seen" } },
    { type: "message.completed", data: stored },
  );
  expect(isRunning(turn)).toBe(false);
  expect(withTurn(earlier, turn).at(-1)).toEqual(stored);
});

test("a problem of the stream is shown as the server says it", () => {
  const detail = "The answer took too long.";
  const turn = turnAfter(started, {
    type: "message.failed",
    data: { status: 504, detail, error_code: "ANSWER_TIMED_OUT" },
  });
  expect(turn.error).toMatchObject({ status: 504, code: "ANSWER_TIMED_OUT" });
  expect(withTurn(earlier, turn).at(-1)).toMatchObject({ id: 4, status: "failed", error_detail: detail });
});

test("a connection that breaks refuses a question that wasn't taken, and loses sight of one that was", () => {
  expect(afterBreak(newTurn("Why?"), null).phase).toBe("refused");
  expect(afterBreak(turnAfter(started), null).phase).toBe("lost");
  const ended = turnAfter(started, { type: "message.completed", data: message(4, "assistant") });
  expect(afterBreak(ended, null)).toBe(ended);
});

test("a question is shown before the server has taken it, once", () => {
  const streaming = message(4, "assistant", { content: "", status: "streaming" });
  const asked = message(3, "user", { content: "Why?" });
  for (const stored of [earlier, [...earlier, asked, streaming]]) {
    const shown = withTurn(stored, newTurn("Why?"));
    expect(shown.map((each) => [each.role, each.content, each.status])).toEqual([
      ["user", "text 1", "complete"],
      ["assistant", "text 2", "complete"],
      ["user", "Why?", "complete"],
      ["assistant", "", "streaming"],
    ]);
  }
});

test("a running turn takes the place of its stored beginning", () => {
  const turn = turnAfter(started, { type: "token", data: { text: "Be" } });
  const stored = [...earlier, message(3, "user"), message(4, "assistant", { content: "", status: "streaming" })];
  expect(withTurn(stored, turn).map((each) => each.id)).toEqual([1, 2, 3, 4]);
  expect(withTurn(stored, turn).at(-1)).toMatchObject({ content: "Be", status: "streaming" });
});

test("what the server has of an ended turn wins, with all that came after it", () => {
  const turn = turnAfter(started, { type: "message.completed", data: message(4, "assistant") });
  const stored = [...earlier, message(3, "user"), message(4, "assistant", { sources: [citation] }), message(5, "user")];
  expect(withTurn(stored, turn)).toBe(stored);
});

test("a refused question isn't part of the conversation", () => {
  expect(withTurn(earlier, afterBreak(newTurn("Why?"), null))).toBe(earlier);
});

test("an answer that is written out of sight is waited for until it ends", () => {
  const writing = [...earlier, message(3, "user"), message(4, "assistant", { status: "streaming" })];
  const written = [...earlier, message(3, "user"), message(4, "assistant")];
  const lost = afterBreak(turnAfter(started), null);
  expect(isWaiting(writing, undefined)).toBe(true);
  expect(isWaiting(written, undefined)).toBe(false);
  expect(isWaiting(earlier, lost)).toBe(true);
  expect(isWaiting(written, lost)).toBe(false);
  expect(isWaiting(writing, turnAfter(started))).toBe(false);
});

test("a turn isn't needed any more once the stored conversation holds its end", () => {
  const writing = afterEvent(newTurn("Why?"), started);
  const lost = afterBreak(writing, null);
  const stored = [...earlier, message(3, "user"), message(4, "assistant")];
  expect(holdsEnd(stored, writing)).toBe(false);
  expect(holdsEnd(earlier, lost)).toBe(false);
  expect(holdsEnd([...earlier, message(4, "assistant", { status: "streaming" })], lost)).toBe(false);
  expect(holdsEnd(stored, lost)).toBe(true);
});
