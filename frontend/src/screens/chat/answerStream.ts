import { EventSourceParserStream } from "eventsource-parser/stream";
import type { Citation, Message } from "@/api/chat";

interface ProblemData {
  status: number;
  detail: string;
  error_code: string;
}

/** What the server tells while it answers, in this order; the last two end the stream. */
export type AnswerEvent =
  | { type: "message.started"; data: { user_message: Message; message_id: number } }
  | { type: "retrieval"; data: { hits: number } }
  | { type: "token"; data: { text: string } }
  | { type: "citation"; data: Citation }
  | { type: "message.completed"; data: Message }
  | { type: "message.failed"; data: ProblemData };

const NAMES: ReadonlySet<string> = new Set<AnswerEvent["type"]>([
  "message.started",
  "retrieval",
  "token",
  "citation",
  "message.completed",
  "message.failed",
]);

/** Reads server-sent events as they come. Throws when the connection breaks; events of other names are passed over. */
export async function* readAnswer(bytes: ReadableStream<Uint8Array>): AsyncGenerator<AnswerEvent> {
  const text = bytes.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
  const reader = text.pipeThrough(new EventSourceParserStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const type = value.event ?? "";
    if (NAMES.has(type)) yield { type, data: JSON.parse(value.data) } as AnswerEvent;
  }
}
