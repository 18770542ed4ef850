import { expect, test, vi } from "vitest";
import { ApiError } from "@/api/problem";
import type { AnswerEvent } from "@/screens/chat/answerStream";
import { TurnStore } from "@/screens/chat/turnStore";

/** A server whose answers are told event by event. */
function server() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
  });
  const stopped: number[] = [];
  return {
    stopped,
    open: async () => stream,
    stop: async (messageId: number) => stopped.push(messageId),
    tell: (type: AnswerEvent["type"], data: unknown) =>
      controller?.enqueue(new TextEncoder().encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)),
    end: () => controller?.close(),
    breakOff: () => controller?.error(new TypeError("network error")),
  };
}

const started = { user_message: { id: 1, content: "Why?" }, message_id: 2 };

test("an answer is followed from its question to its end", async () => {
  const hub = server();
  const store = new TurnStore(hub);
  const asked = store.ask(7, "Why?");
  expect(store.get(7)).toMatchObject({ phase: "asking", question: "Why?" });
  hub.tell("message.started", started);
  hub.tell("token", { text: "Because." });
  hub.tell("message.completed", { id: 2, status: "complete" });
  hub.end();
  expect(await asked).toMatchObject({ phase: "ended", text: "Because.", message: { id: 2 } });
  expect(store.get(8)).toBeUndefined();
});

test("words that come fast are told once per frame", async () => {
  const hub = server();
  const store = new TurnStore(hub);
  const asked = store.ask(7, "Why?");
  hub.tell("message.started", started);
  await vi.waitFor(() => expect(store.get(7)?.messageId).toBe(2));
  const told = vi.fn();
  store.subscribe(told);
  for (let word = 0; word < 100; word++) hub.tell("token", { text: "a " });
  await vi.waitFor(() => expect(store.get(7)?.text).toHaveLength(200));
  expect(told.mock.calls.length).toBeLessThan(50);
  hub.end();
  await asked;
});

test("a question that the server refuses keeps its words and the server's sentence", async () => {
  const refusal = new ApiError(409, { detail: "Wait.", error_code: "TURN_IN_PROGRESS" });
  const store = new TurnStore({ open: () => Promise.reject(refusal), stop: async () => undefined });
  expect(await store.ask(7, "Why?")).toMatchObject({ phase: "refused", question: "Why?", error: refusal });
});

test.each(["end", "breakOff"] as const)("a stream without an end (%s) is lost, with what was seen", async (how) => {
  const hub = server();
  const store = new TurnStore(hub);
  const asked = store.ask(7, "Why?");
  hub.tell("message.started", started);
  hub.tell("token", { text: "Because" });
  await vi.waitFor(() => expect(store.get(7)?.text).toBe("Because"));
  hub[how]();
  expect(await asked).toMatchObject({ phase: "lost", text: "Because", messageId: 2 });
});

test("stopping before the server has taken the question stops as soon as it has", async () => {
  const hub = server();
  const store = new TurnStore(hub);
  const asked = store.ask(7, "Why?");
  const stopped = store.stop(7);
  expect(hub.stopped).toEqual([]);
  hub.tell("message.started", started);
  await stopped;
  expect(hub.stopped).toEqual([2]);
  hub.tell("message.completed", { id: 2, status: "stopped" });
  hub.end();
  await asked;
  await store.stop(7);
  expect(hub.stopped).toEqual([2]);
});

test("a stop that was waiting and is refused tells who asked for it", async () => {
  const refusal = new ApiError(503, { detail: "Not now.", error_code: "UNAVAILABLE" });
  const hub = server();
  const store = new TurnStore({ ...hub, stop: () => Promise.reject(refusal) });
  const asked = store.ask(7, "Why?");
  const stopped = store.stop(7);
  hub.tell("message.started", started);
  await expect(stopped).rejects.toBe(refusal);
  hub.end();
  await asked;
});

test("a stop that waits for a question that is never taken has nothing to do", async () => {
  const refusal = new ApiError(409, { detail: "Wait.", error_code: "TURN_IN_PROGRESS" });
  const stop = vi.fn(async () => undefined);
  const store = new TurnStore({ open: () => Promise.reject(refusal), stop });
  const asked = store.ask(7, "Why?");
  await store.stop(7);
  expect(stop).not.toHaveBeenCalled();
  await asked;
});

test("a turn is forgotten once it has ended, not while it runs", async () => {
  const hub = server();
  const store = new TurnStore(hub);
  const asked = store.ask(7, "Why?");
  store.forget(7);
  expect(store.get(7)).toBeDefined();
  hub.tell("message.started", started);
  hub.end();
  await asked;
  store.forget(7);
  expect(store.get(7)).toBeUndefined();
});
