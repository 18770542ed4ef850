import { expect, test } from "vitest";
import { type DataNode, entriesOf, keyPath, readData } from "@/markdown/dataNodes";

/** A node in short: texts, lists, and pairs of names and nodes. */
function short(node: DataNode | undefined): unknown {
  if (!node || "text" in node) return node?.text;
  return node.entries.map(([name, child]) => (node.type === "list" ? short(child) : [name, short(child)]));
}

const read = async (text: string, fileType: string) => short(await readData(text, fileType));

test("YAML and JSON are read, also several documents", async () => {
  expect(await read("a: 1\nb: [x]\n", "yaml")).toEqual([
    ["a", "1"],
    ["b", ["x"]],
  ]);
  expect(await read("a: 1\n---\nb: 2\n", "yml")).toEqual([[["a", "1"]], [["b", "2"]]]);
  expect(await read('{"a": null, "b": [], "c": {}, "d": [[1, -2e3], {"e": true}]}', "json")).toEqual([
    ["a", "null"],
    ["b", []],
    ["c", []],
    ["d", [["1", "-2e3"], [["e", "true"]]]],
  ]);
});

test.each(["1.10", "2.0", "1e10", "0644", "12345678901234567890", "2026-01-05", "~", "TRUE"])(
  "%s in YAML is shown as it is written",
  async (written) => {
    expect(await read(`${written}: ${written} # a remark\n`, "yaml")).toEqual([[written, written]]);
  },
);

test.each(["1.10", "1.0", "1E+2", "12345678901234567890"])("%s in JSON is shown as it is written", async (written) => {
  expect(await read(`{"a":${written}}`, "json")).toEqual([["a", written]]);
});

test("keys keep their order, also numbers, and a string its letters", async () => {
  const json = String.raw`{"b": "1.10", "10": "\u00e9\"[,]:\\", "2": ""}`;
  expect(await read(json, "json")).toEqual([
    ["b", "1.10"],
    ["10", 'é"[,]:\\'],
    ["2", ""],
  ]);
  expect(await read('b: "1.10"\n10: |\n  one\n  two\n2: \n', "yaml")).toEqual([
    ["b", "1.10"],
    ["10", "one\ntwo\n"],
    ["2", ""],
  ]);
});

test("what is a string, a number or nothing is known apart", async () => {
  const types = entriesOf(await readData('a: "1"\nb: 1\nc:\nd: yes\ne: true\n', "yaml"))?.map(([, { type }]) => type);
  expect(types).toEqual(["string", "number", "null", "string", "number"]);
});

test("what can't be read is undefined", async () => {
  expect(await readData("{a", "json")).toBeUndefined();
  expect(await readData("", "json")).toBeUndefined();
  expect(await readData("a: [1", "yaml")).toBeUndefined();
});

test("an alias is what it stands for; neither a bomb of them nor a circle takes time", async () => {
  expect(await read("a: &x [1.10]\nb: *x\n", "yaml")).toEqual([
    ["a", ["1.10"]],
    ["b", ["1.10"]],
  ]);
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ..."bcdefgh".split("").map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[at]}`).join(",")}]`),
  ];
  expect(entriesOf(await readData(bomb.join("\n"), "yaml"))).toHaveLength(8);
  expect(entriesOf(await readData("&a [*a]", "yaml"))).toHaveLength(1);
});

test("objects and lists have entries, other values don't", async () => {
  const text: DataNode = { type: "string", text: "a" };
  expect(entriesOf({ type: "list", entries: [["0", text]] })).toEqual([["0", text]]);
  expect([entriesOf(text), entriesOf(undefined)]).toEqual([null, null]);
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
