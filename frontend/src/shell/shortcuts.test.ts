import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ShortcutId } from "@/shell/shortcutList";
import { createKeyReader } from "@/shell/shortcuts";

let pressed: ShortcutId[];
let known: Set<ShortcutId>;
let reader: (event: KeyboardEvent) => void;

beforeEach(() => {
  pressed = [];
  known = new Set<ShortcutId>(["palette", "help", "goDocuments", "syncProject", "filterTree"]);
  reader = createKeyReader((id) => (known.has(id) ? () => pressed.push(id) : undefined));
  document.addEventListener("keydown", reader);
});

afterEach(() => {
  document.removeEventListener("keydown", reader);
  document.body.replaceChildren();
  vi.useRealTimers();
});

function press(key: string, init: KeyboardEventInit = {}, target: EventTarget = document.body): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  return event;
}

function field(): HTMLInputElement {
  const input = document.createElement("input");
  document.body.append(input);
  return input;
}

test("one key and a key with a modifier", () => {
  press("?", { shiftKey: true });
  press("k", { ctrlKey: true });
  press("K", { metaKey: true });
  expect(pressed).toEqual(["help", "palette", "palette"]);
});

test("two keys one after the other are one shortcut, and the second alone isn't it", () => {
  press("d");
  expect(pressed).toEqual([]);
  press("g");
  press("d");
  expect(pressed).toEqual(["goDocuments"]);
});

test("the second key of a sequence doesn't do what it does alone", () => {
  known.add("goSearch");
  press("g");
  press("s");
  expect(pressed).toEqual(["goSearch"]);
  press("s");
  expect(pressed).toEqual(["goSearch", "syncProject"]);
});

test("what is typed into a field stays there, but a modifier still counts", () => {
  const input = field();
  expect(press("t", {}, input).defaultPrevented).toBe(false);
  press("k", { ctrlKey: true }, input);
  expect(pressed).toEqual(["palette"]);
});

test("keys with Alt, of an input method, or used by somebody else are left alone", () => {
  press("t", { altKey: true });
  press("t", { isComposing: true });
  const event = new KeyboardEvent("keydown", { key: "t", cancelable: true });
  event.preventDefault();
  document.body.dispatchEvent(event);
  expect(pressed).toEqual([]);
});

test("a shortcut that nobody answers now keeps its default", () => {
  known.delete("filterTree");
  expect(press("t").defaultPrevented).toBe(false);
  known.add("filterTree");
  expect(press("t").defaultPrevented).toBe(true);
});
