import { readJson } from "@/markdown/jsonNodes";

/** A value of a YAML or JSON file as it is written there: "1.10" stays "1.10", and keys stay in their order. */
export type DataNode =
  | { type: "list" | "object"; entries: [name: string, node: DataNode][] }
  | { type: "string" | "number" | "null"; text: string };

/** Reads a YAML or JSON file; undefined when it can't be read (its source is shown then). */
export async function readData(text: string, fileType: string): Promise<DataNode | undefined> {
  try {
    if (fileType === "json") return readJson(text);
    const { readYaml } = await import("@/markdown/yamlNodes");
    return readYaml(text);
  } catch {
    return undefined;
  }
}

/** The named values in an object or a list; null for what holds none. */
export function entriesOf(node: DataNode | undefined): [string, DataNode][] | null {
  return node && "entries" in node ? node.entries : null;
}

/** Whether a folded tree begins with this value open: what is small, and the way down to it. */
export function isOpenAtFirst(depth: number, count: number): boolean {
  return depth === 0 || (depth === 1 && count <= 12);
}

interface Entry {
  level: number;
  text: string;
  anchor: string;
  line: number;
}

/** The keys that lead to an entry of the table of contents, from the outermost. */
export function keyPath(toc: readonly Entry[], isWanted: (entry: Entry) => boolean): string[] | null {
  const path: string[] = [];
  for (const entry of toc) {
    path.length = entry.level - 1;
    path.push(entry.text);
    if (isWanted(entry)) return path;
  }
  return null;
}
