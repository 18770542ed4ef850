import { expect, test } from "vitest";
import { insertParts, whenInserted } from "@/markdown/insertion";

function build(name: string, height: number): () => HTMLElement {
  return () => {
    const element = document.createElement("div");
    element.id = name;
    element.dataset.height = String(height);
    return element;
  };
}

const ids = (container: HTMLElement) => [...container.children].map((each) => each.id);

test("the first screen is there at once, the rest comes in order", async () => {
  const container = document.createElement("div");
  const signal = new AbortController().signal;
  insertParts(container, [build("a", 1000), build("b", 1000), build("c", 1000), build("d", 1)], signal);
  expect(ids(container)).toEqual(["a", "b"]);
  const last = await whenInserted(container, () => container.querySelector("#d"), signal);
  expect(last?.id).toBe("d");
  expect(ids(container)).toEqual(["a", "b", "c", "d"]);
});

test("what never comes is null once all is there", async () => {
  const container = document.createElement("div");
  const signal = new AbortController().signal;
  insertParts(container, [build("a", 2000), build("b", 1)], signal);
  expect(await whenInserted(container, () => container.querySelector("#z"), signal)).toBeNull();
  expect(container.dataset.complete).toBe("");
});

test("a document that is left stops being inserted", async () => {
  const container = document.createElement("div");
  const controller = new AbortController();
  insertParts(container, [build("a", 2000), build("b", 1)], controller.signal);
  const waiting = whenInserted(container, () => container.querySelector("#b"), controller.signal);
  controller.abort();
  expect(await waiting).toBeNull();
  expect(ids(container)).toEqual(["a"]);
});
