import { expect, test } from "vitest";
import { entriesOf, keyPath, readData } from "@/markdown/dataNodes";

test("YAML and JSON are read, also several documents", async () => {
  expect(await readData("a: 1\nb: [x]\n", "yaml")).toEqual({ a: 1, b: ["x"] });
  expect(await readData("a: 1\n---\nb: 2\n", "yml")).toEqual([{ a: 1 }, { b: 2 }]);
  expect(await readData('{"a": null}', "json")).toEqual({ a: null });
});

test("what can't be read is undefined, and so is a bomb of aliases", async () => {
  expect(await readData("{a", "json")).toBeUndefined();
  expect(await readData("a: [1", "yaml")).toBeUndefined();
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ..."bcdefgh".split("").map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[at]}`).join(",")}]`),
  ];
  expect(await readData(bomb.join("\n"), "yaml")).toBeUndefined();
});

test("objects and lists have entries, other values don't", () => {
  expect(entriesOf(["a"])).toEqual([["0", "a"]]);
  expect(entriesOf({ a: 1 })).toEqual([["a", 1]]);
  expect([entriesOf("a"), entriesOf(null), entriesOf(new Date())]).toEqual([null, null, null]);
});

test("an anchor leads to its keys", () => {
  const toc = [
    { level: 1, text: "a", anchor: "a", line: 1 },
    { level: 2, text: "b", anchor: "ab", line: 2 },
    { level: 1, text: "c", anchor: "c", line: 3 },
  ];
  expect(keyPath(toc, (entry) => entry.anchor === "ab")).toEqual(["a", "b"]);
  expect(keyPath(toc, (entry) => entry.anchor === "c")).toEqual(["c"]);
  expect(keyPath(toc, (entry) => entry.anchor === "z")).toBeNull();
});
