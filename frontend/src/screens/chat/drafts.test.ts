import { expect, test } from "vitest";
import { readDraft, restoreDraft, takeHandedOver, writeDraft } from "@/screens/chat/drafts";

test("each conversation of each project has its own draft, kept for the visit", () => {
  writeDraft(1, null, "new");
  writeDraft(1, 5, "five");
  expect([readDraft(1, null), readDraft(1, 5), readDraft(2, null)]).toEqual(["new", "five", ""]);
  expect(sessionStorage.getItem("bmadflow.draft.1.5")).toBe("five");
  writeDraft(1, 5, "");
  expect(sessionStorage.getItem("bmadflow.draft.1.5")).toBeNull();
});

test("a question given back doesn't overwrite what was written meanwhile", () => {
  restoreDraft(3, 1, "asked");
  expect(readDraft(3, 1)).toBe("asked");
  writeDraft(3, 1, "other");
  restoreDraft(3, 1, "asked");
  expect(readDraft(3, 1)).toBe("other");
});

test("a question is handed over once", () => {
  sessionStorage.setItem("bmadflow.ask.4", "Why?");
  expect([takeHandedOver(4), takeHandedOver(4), takeHandedOver(5)]).toEqual(["Why?", null, null]);
});
