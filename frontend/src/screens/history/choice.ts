import type { DocumentVersion } from "@/api/versions";

/** The versions to compare, by their commits; null before one was chosen. */
export interface Choice {
  from: string | null;
  to: string | null;
}

interface Chosen {
  from: string | null;
  to: string | null;
  /** The same two, the older one first. */
  between: { from?: string; to?: string };
}

/** What is compared: what was chosen, or else the current version with the one before. `versions` newest first. */
export function chosen(versions: readonly Pick<DocumentVersion, "commit_sha">[], choice: Choice): Chosen {
  const shas = versions.map((version) => version.commit_sha);
  const isThere = (sha: string | null) => sha !== null && shas.includes(sha);
  const from = isThere(choice.from) ? choice.from : (shas[1] ?? null);
  const to = isThere(choice.to) ? choice.to : (shas[0] ?? null);
  if (from === null || to === null) return { from, to, between: {} };
  const isInOrder = shas.indexOf(from) > shas.indexOf(to);
  return { from, to, between: isInOrder ? { from, to } : { from: to, to: from } };
}
