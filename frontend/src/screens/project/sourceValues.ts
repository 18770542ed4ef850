import type { Source, SourceCreate } from "@/api/projects";
import { type CredentialDraft, credentialOf } from "@/screens/project/credentialDraft";
import type { RepositoryValues } from "@/screens/project/RepositoryFields";

export interface SourceValues extends RepositoryValues {
  name: string;
  /** In cron syntax; "" for none. */
  schedule: string;
}

/** A source as its form shows it. */
export function valuesOf(source: Source | null): SourceValues {
  return {
    name: source?.name ?? "",
    repo_url: source?.repo_url ?? "",
    branch: source?.branch ?? "",
    docs_path: source?.docs_path ?? "",
    schedule: source?.schedule ?? "",
  };
}

interface Changes {
  body: SourceCreate;
  /** Whether other documents may be read than before. */
  isReadAnew: boolean;
}

/**
 * What to send for a form. Of a source that is there only what differs: its branch may be the repository's default one,
 * which sending it back would make a chosen one.
 */
export function changesOf(source: Source | null, values: SourceValues, draft: CredentialDraft): Changes {
  const before = valuesOf(source);
  const after = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.trim()]));
  const changed = Object.entries(after).filter(
    ([name, value]) => source === null || value !== before[name as keyof SourceValues],
  );
  const body: Record<string, unknown> = Object.fromEntries(changed.map(([name, value]) => [name, value || null]));
  const credential = credentialOf(draft, source?.credential_kind != null);
  if (credential !== undefined) body.credential = credential;
  const isReadAnew = changed.some(([name]) => name !== "name" && name !== "schedule") || Boolean(credential);
  return { body: body as unknown as SourceCreate, isReadAnew };
}
