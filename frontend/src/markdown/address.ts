/** A path within a repository: the folder of `base` (a file's path) joined with `reference`; null when it climbs out. */
export function resolvePath(base: string, reference: string): string | null {
  const bare = decoded(reference.replace(/[?#].*$/, ""));
  const start = bare.startsWith("/") ? [] : base.split("/").slice(0, -1);
  const parts = [...start];
  for (const part of bare.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join("/");
}

/** A path with every part encoded for an address; the slashes stay. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Whether a browser would leave the hub for it. */
export function hasScheme(href: string): boolean {
  return /^([a-z][a-z0-9+-]*:|\/\/)/i.test(href.trim());
}

/** Lines as written in an address: `12` or `12-18` (1-based, inclusive). */
export function parseLines(text: string | undefined): [number, number] | undefined {
  const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(text ?? "");
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first > 0 && last >= first ? [first, last] : undefined;
}

/** What percent signs stand for; the text itself where they stand for nothing. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
