import type { DataNode } from "@/markdown/dataNodes";

type Entries = [string, DataNode][];

const TOKEN = /\s*([{}[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s,\]}]+)/y;

/**
 * Reads JSON as it is written: `JSON.parse` would round numbers and put keys like "10" first. It is asked all the same,
 * for it refuses whatever isn't JSON, so that the tokens here need no checks.
 */
export function readJson(text: string): DataNode {
  JSON.parse(text);
  const tokens = new RegExp(TOKEN);
  const next = () => tokens.exec(text)?.[1] ?? "";
  return readValue(next(), next);
}

function readValue(token: string, next: () => string): DataNode {
  if (token === "{") return { type: "object", entries: readObject(next) };
  if (token === "[") return { type: "list", entries: readList(next) };
  if (token.startsWith('"')) return { type: "string", text: JSON.parse(token) as string };
  return { type: token === "null" ? "null" : "number", text: token };
}

function readObject(next: () => string): Entries {
  const entries: Entries = [];
  for (let token = next(); token !== "}"; token = next()) {
    if (token === ",") continue;
    next(); // the colon
    entries.push([JSON.parse(token) as string, readValue(next(), next)]);
  }
  return entries;
}

function readList(next: () => string): Entries {
  const entries: Entries = [];
  for (let token = next(); token !== "]"; token = next()) {
    if (token !== ",") entries.push([String(entries.length), readValue(token, next)]);
  }
  return entries;
}
