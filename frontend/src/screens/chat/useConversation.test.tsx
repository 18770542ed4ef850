import { act } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { api } from "@/api/client";
import { turns } from "@/screens/chat/turnStore";
import { useConversation } from "@/screens/chat/useConversation";
import { renderForTest } from "@/ui/renderForTest";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function Conversation({ id }: { id: number | null }) {
  return useConversation(1, id)
    .messages.map((each) => each.status)
    .join();
}

function answer<Data>(data: Data) {
  return { data, response: new Response() };
}

test("a conversation that is gone isn't asked for any more", async () => {
  vi.useFakeTimers();
  const read = vi.spyOn(api, "GET");
  read.mockResolvedValueOnce(answer({ id: 7, messages: [{ id: 2, status: "streaming" }] }));
  read.mockResolvedValue({ error: null, response: new Response(null, { status: 404 }) });
  await renderForTest(<Conversation id={7} />);
  await act(() => vi.advanceTimersByTimeAsync(1_100));
  expect(read).toHaveBeenCalledTimes(2);
  await act(() => vi.advanceTimersByTimeAsync(5_000));
  expect(read).toHaveBeenCalledTimes(2);
});

test("a turn that is stored with its end is let go of when its conversation is left", async () => {
  const event = (type: string, data: unknown) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  const end = { id: 2, status: "complete" };
  const stream = new Blob([
    event("message.started", { user_message: { id: 1, content: "Why?" }, message_id: 2 }),
    event("message.completed", end),
  ]).stream();
  vi.spyOn(api, "POST").mockResolvedValue(answer(stream));
  vi.spyOn(api, "GET").mockResolvedValue(answer({ id: 8, messages: [{ id: 1, status: "complete" }, end] }));
  await turns.ask(8, "Why?");
  const page = await renderForTest(<Conversation id={8} />);
  await page.until(() => expect(page.place.textContent).toContain("complete,complete"));
  expect(turns.get(8)).toBeDefined();
  await page.show(<Conversation id={null} />);
  expect(turns.get(8)).toBeUndefined();
});
