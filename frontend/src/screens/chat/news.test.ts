import { expect, test } from "vitest";
import type { Message } from "@/api/chat";
import { lookAt, newestIn } from "@/screens/chat/news";

const messages = (...statuses: Message["status"][]) => statuses.map((status) => ({ status }) as Message);
const asked = messages("complete", "streaming");
const answered = messages("complete", "complete");

test("what was read to its end is no news, wherever one scrolls", () => {
  const { seen, isNewsBelow } = lookAt(answered, newestIn(asked), true);
  expect(isNewsBelow).toBe(false);
  expect(lookAt(answered, seen, false).isNewsBelow).toBe(false);
});

test("an answer that grows below is news, and so is its end until it was seen", () => {
  const { seen } = lookAt(asked, newestIn(asked), true);
  expect(lookAt(asked, seen, false)).toEqual({ seen, isNewsBelow: true });
  expect(lookAt(answered, seen, false)).toEqual({ seen, isNewsBelow: true });
  expect(lookAt(answered, seen, true)).toEqual({ seen: newestIn(answered), isNewsBelow: false });
});

test("a message that comes while one reads further up is news", () => {
  const { seen } = lookAt(answered, newestIn(answered), true);
  expect(lookAt(messages("complete", "complete", "complete"), seen, false).isNewsBelow).toBe(true);
});
