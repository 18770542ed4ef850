import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
} from "yaml";
import type { DataNode } from "@/markdown/dataNodes";

type Anchors = Map<string, DataNode>;

/** Reads YAML as it is written; several documents are a list of them. */
export function readYaml(text: string): DataNode {
  const documents = parseAllDocuments(text).map(({ errors, contents }): DataNode => {
    if (errors.length > 0) throw errors[0];
    return nodeOf(contents, new Map());
  });
  return documents.length === 1 && documents[0] ? documents[0] : listOf(documents);
}

/** An alias is the very node that it stands for, so a bomb of aliases takes no room until somebody unfolds it. */
function nodeOf(value: unknown, anchors: Anchors): DataNode {
  if (isPair(value)) return { type: "object", entries: [entryOf(value, anchors)] };
  if (isAlias(value)) return anchors.get(value.source) ?? { type: "string", text: `*${value.source}` };
  if (isScalar(value)) return anchored(value, scalarOf(value), anchors);
  if (!isCollection(value)) return { type: "null", text: "" };
  const entries: [string, DataNode][] = [];
  // Known by its anchor before what is in it, which may name it.
  const node = anchored(value, { type: isMap(value) ? "object" : "list", entries }, anchors);
  for (const [index, item] of value.items.entries()) {
    entries.push(isMap(value) && isPair(item) ? entryOf(item, anchors) : [String(index), nodeOf(item, anchors)]);
  }
  return node;
}

function entryOf({ key, value }: Pair, anchors: Anchors): [string, DataNode] {
  const name = nodeOf(key, anchors);
  return ["entries" in name ? String(key) : name.text, nodeOf(value, anchors)];
}

function scalarOf({ source, value }: Scalar): DataNode {
  const text = source ?? String(value ?? "");
  if (value === null) return { type: "null", text };
  return { type: typeof value === "string" ? "string" : "number", text };
}

function anchored(value: Node & { anchor?: string }, node: DataNode, anchors: Anchors): DataNode {
  if (value.anchor) anchors.set(value.anchor, node);
  return node;
}

function listOf(nodes: DataNode[]): DataNode {
  return { type: "list", entries: nodes.map((node, index) => [String(index), node]) };
}
