import type { DocumentParams } from "@/router";

interface Place {
  projectId: number;
  sourceId: number;
  path: string;
  anchor?: string | null;
  lines?: [number, number];
  /** Something else than the document as it reads. */
  view?: "source" | "history" | "diff";
  /** The commits of the versions to compare. */
  between?: { from?: string; to?: string };
}

/** The props of a `<Link>` (or the argument of `navigate`) that leads to a document, or to a place in it. */
export function toDocument({ projectId, sourceId, path, anchor, lines, view, between }: Place) {
  const search: DocumentParams = {
    ...(lines && { lines: `${lines[0]}-${lines[1]}` }),
    ...(view && { view }),
    ...between,
  };
  return {
    to: "/projects/$projectId/docs/$sourceId/$",
    params: { projectId, sourceId, _splat: path },
    search,
    ...(anchor ? { hash: anchor } : {}),
  } as const;
}
