import type { Kind } from "@/api/documents";

interface Identified {
  kind: Kind;
  artifact_id: string | null;
}

/** An artifact's identifier as it stands beside the name of its kind: epic "epic-4" is "4". */
export function identifierOf({ kind, artifact_id }: Identified): string | null {
  return kind === "epic" && artifact_id ? artifact_id.replace(/^epic-/i, "") : artifact_id;
}
