/** Reads a YAML or JSON file; undefined when it can't be read (its source is shown then). */
export async function readData(text: string, fileType: string): Promise<unknown> {
  try {
    if (fileType === "json") return JSON.parse(text) as unknown;
    const { parseAllDocuments } = await import("yaml");
    const values = parseAllDocuments(text).map((each) => {
      if (each.errors.length > 0) throw each.errors[0];
      return each.toJS({ maxAliasCount: 100 }) as unknown;
    });
    return values.length === 1 ? values[0] : values;
  } catch {
    return undefined;
  }
}

/** The named values in an object or a list; null for what holds none. */
export function entriesOf(value: unknown): [string, unknown][] | null {
  if (typeof value !== "object" || value === null || value instanceof Date) return null;
  return Object.entries(value);
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
