import type { Source, SourceCreate } from "@/api/projects";

export type CredentialKind = NonNullable<Source["credential_kind"]>;
export const CREDENTIAL_KINDS = ["token", "password", "ssh_key"] as const satisfies CredentialKind[];

/** A source's credential as its form has it; what is stored is never known here, only of what kind it is. */
export interface CredentialDraft {
  /** `keep` and `remove` are for one that is stored; `none` says that the repository needs none. */
  choice: "keep" | "remove" | "none" | CredentialKind;
  username: string;
  token: string;
  password: string;
  private_key: string;
  passphrase: string;
}

export function draftFor(source: Source | null): CredentialDraft {
  const choice = source?.credential_kind ? "keep" : "none";
  return { choice, username: "", token: "", password: "", private_key: "", passphrase: "" };
}

type Credential = SourceCreate["credential"];

/** What to send: undefined leaves a credential as it is, null removes it. Secrets may begin and end with a space. */
export function credentialOf(draft: CredentialDraft, isStored: boolean): Credential {
  const username = draft.username.trim();
  switch (draft.choice) {
    case "keep":
      return undefined;
    case "remove":
      return null;
    case "none":
      return isStored ? null : undefined;
    case "token":
      return { kind: "token", token: draft.token, ...(username && { username }) };
    case "password":
      return { kind: "password", username, password: draft.password };
    case "ssh_key":
      return {
        kind: "ssh_key",
        private_key: draft.private_key,
        ...(draft.passphrase && { passphrase: draft.passphrase }),
      };
  }
}
