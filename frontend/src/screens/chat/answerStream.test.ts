import { expect, test } from "vitest";
import { type AnswerEvent, readAnswer } from "@/screens/chat/answerStream";

const text =
  ": still working\n\n" +
  'event: retrieval\ndata: {"hits": 2}\n\n' +
  'event: token\ndata: {"text": "déjà › 漢字 🙂"}\n\n' +
  'event: something.new\ndata: {"a": 1}\n\n' +
  'event: token\r\ndata: {"text": "end"}\r\n\r\n';

function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function collect(bytes: ReadableStream<Uint8Array>): Promise<AnswerEvent[]> {
  const events: AnswerEvent[] = [];
  for await (const event of readAnswer(bytes)) events.push(event);
  return events;
}

test.each([1, 2, 3, 7, 10_000])("reads events from pieces of %i bytes, whatever they cut", async (size) => {
  const events = await collect(inPieces(new TextEncoder().encode(text), size));
  expect(events).toEqual([
    { type: "retrieval", data: { hits: 2 } },
    { type: "token", data: { text: "déjà › 漢字 🙂" } },
    { type: "token", data: { text: "end" } },
  ]);
});

test("an event that is cut off isn't an event", async () => {
  const cut = new TextEncoder().encode('event: token\ndata: {"text": "whole"}\n\nevent: token\ndata: {"te');
  expect(await collect(inPieces(cut, 5))).toEqual([{ type: "token", data: { text: "whole" } }]);
});

test("a connection that breaks throws, after what came before", async () => {
  const bytes = new TextEncoder().encode('event: token\ndata: {"text": "a"}\n\n');
  let pulls = 0;
  const broken = new ReadableStream<Uint8Array>({
    pull: (controller) => (pulls++ === 0 ? controller.enqueue(bytes) : controller.error(new Error("network"))),
  });
  const seen: AnswerEvent[] = [];
  const reading = async () => {
    for await (const event of readAnswer(broken)) seen.push(event);
  };
  await expect(reading()).rejects.toThrow("network");
  expect(seen).toHaveLength(1);
});
