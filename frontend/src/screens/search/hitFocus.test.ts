import { beforeEach, expect, test } from "vitest";
import { focusHit, moveBetweenHits } from "@/screens/search/hitFocus";

beforeEach(() => {
  document.body.innerHTML = `
    <input id="field" /><select id="other"></select>
    <a id="one" href="/1" data-hit=""></a><a href="/t">title</a><a id="two" href="/2" data-hit=""></a>`;
});

const press = (key: string) => moveBetweenHits(document.body, document.getElementById("field"), key);
const focused = () => document.activeElement?.id;

test("the arrows lead from the field through the hits and back", () => {
  document.getElementById("field")?.focus();
  const way = ["ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp"].map((key) => [press(key), focused()]);
  expect(way).toEqual([
    [true, "one"],
    [true, "two"],
    [true, "one"],
    [true, "field"],
  ]);
});

test("at the ends, with other keys and from other controls nothing moves", () => {
  document.getElementById("field")?.focus();
  expect([press("ArrowUp"), press("x")]).toEqual([false, false]);
  focusHit(document.body, 1);
  expect([press("ArrowDown"), focused()]).toEqual([false, "two"]);
  document.getElementById("other")?.focus();
  expect([press("ArrowDown"), focused()]).toEqual([false, "other"]);
});
