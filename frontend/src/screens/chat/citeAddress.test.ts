import { expect, test } from "vitest";
import type { Citation, Message } from "@/api/chat";
import { citeOf, findCited } from "@/screens/chat/citeAddress";

const sources = [1, 2, 4].map((n) => ({ n }) as Citation);
const messages = [{ id: 8, sources: [] as Citation[] } as Message, { id: 9, sources } as Message];

test("finds the citation that an address names, with its neighbours", () => {
  expect(findCited(messages, citeOf(9, 2))).toEqual({
    messageId: 9,
    citation: sources[1],
    previous: sources[0],
    next: sources[2],
  });
  expect(findCited(messages, "9.4")).toMatchObject({ next: undefined });
});

test.each(["9.3", "8.1", "9", "", "9.2.1", "x.y"])("there is none at %j", (cite) => {
  expect(findCited(messages, cite)).toBeNull();
});
