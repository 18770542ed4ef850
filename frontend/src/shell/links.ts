import type { DocumentParams } from "@/router";

interface Place {
  projectId: number;
  sourceId: number;
  path: string;
  anchor?: string | null;
  lines?: [number, number];
}

/** The props of a `<Link>` (or the argument of `navigate`) that leads to a document, or to a place in it. */
export function toDocument({ projectId, sourceId, path, anchor, lines }: Place) {
  const search: DocumentParams = lines ? { lines: `${lines[0]}-${lines[1]}` } : {};
  return {
    to: "/projects/$projectId/docs/$sourceId/$",
    params: { projectId, sourceId, _splat: path },
    search,
    ...(anchor ? { hash: anchor } : {}),
  } as const;
}
