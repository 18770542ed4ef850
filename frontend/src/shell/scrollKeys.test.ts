import { afterEach, expect, test } from "vitest";
import { isUnused } from "@/shell/scrollKeys";

afterEach(() => document.body.replaceChildren());

/** Whether the key is unused when it is pressed in the element that `id=here` marks (the body without one). */
function isUnusedIn(html: string, key: string, more: KeyboardEventInit = {}): boolean {
  document.body.innerHTML = html;
  for (const each of document.querySelectorAll("[data-high]")) {
    Object.defineProperty(each, "scrollHeight", { value: 500 });
    Object.defineProperty(each, "clientHeight", { value: 100 });
  }
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  (document.getElementById("here") ?? document.body).dispatchEvent(event);
  return isUnused(event);
}

test.each([" ", "PageDown", "PageUp", "Home", "End", "ArrowDown", "ArrowUp"])("%s on the page is unused", (key) => {
  expect(isUnusedIn("", key)).toBe(true);
});

test.each(["a", "Enter", "Tab", "ArrowLeft"])("%s doesn't scroll", (key) => {
  expect(isUnusedIn("", key)).toBe(false);
});

test("keys with modifiers mean something else, but Shift turns Space round", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey"])
    expect(isUnusedIn("", "End", { [modifier]: true })).toBe(false);
  expect(isUnusedIn("", " ", { shiftKey: true })).toBe(true);
});

test.each([
  "<input id=here>",
  "<textarea id=here></textarea>",
  "<select id=here></select>",
  "<div role=dialog><a id=here href=x>x</a></div>",
  "<ul role=tree><li id=here tabindex=-1>x</li></ul>",
])("%s keeps its keys", (html) => {
  expect(isUnusedIn(html, "ArrowDown")).toBe(false);
});

test("Space presses a button and nothing else does; on a link it scrolls", () => {
  expect(isUnusedIn("<button id=here>x</button>", " ")).toBe(false);
  expect(isUnusedIn("<button id=here>x</button>", "PageDown")).toBe(true);
  expect(isUnusedIn("<a id=here href=x>x</a>", " ")).toBe(true);
});

test("what scrolls around the focus has the key", () => {
  const inside = (style: string) => `<div data-high style="${style}"><a id=here href=x>x</a></div>`;
  expect(isUnusedIn(inside("overflow-y: auto"), "PageDown")).toBe(false);
  expect(isUnusedIn(inside("overflow-y: hidden"), "PageDown")).toBe(true);
});

test("a key that something else used is used", () => {
  document.body.innerHTML = "";
  const event = new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
  event.preventDefault();
  expect(isUnused(event)).toBe(false);
});
