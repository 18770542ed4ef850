import { decoded } from "@/markdown/address";
import type { CredentialKind } from "@/screens/project/credentialDraft";

const LONGEST_NAME = 255;

/** What the repository at this address would be called; "" while the address says nothing yet. */
export function suggestName(url: string): string {
  const path = url
    .trim()
    .replace(/^[a-z]+:\/\/[^/]*/i, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
  if (!/[/:]/.test(path)) return "";
  return decoded(path.split(/[/:]/).at(-1) ?? "").slice(0, LONGEST_NAME);
}

export type UrlHint = "credentials" | "spaces" | "page" | "query" | "form";

const FORMS = /^(https?:\/\/[^/]+(\/.*)?|ssh:\/\/[^/]+\/.+|[\w.-]+@[\w.-]+:[^:-].*|file:\/\/\/.+|\/.+)$/i;
const CREDENTIALS = /^(https?:\/\/[^/]*@|[a-z]+:\/\/[^/@]*:[^/]*@)/i;
const PAGE = /^https?:\/\/[^/]+\/(.+\/-|[^/]+\/[^/]+)\/(tree|blob|commits?|pulls?|issues|merge_requests)(\/|$)/i;

/** What looks wrong with an address, before the server is asked; null if nothing does. The server has the last word. */
export function urlHint(url: string): UrlHint | null {
  const address = url.trim();
  if (address === "") return null;
  if (/\s/.test(address)) return "spaces";
  if (CREDENTIALS.test(address)) return "credentials";
  if (PAGE.test(address)) return "page";
  if (/[?#]/.test(address)) return "query";
  return FORMS.test(address) ? null : "form";
}

type Scheme = "http" | "ssh" | "file";

interface Origin {
  scheme: Scheme;
  /** Host and, where it is no usual one, port; "" for a path on the hub's machine. */
  host: string;
}

/** Whom a credential for this address is shown to; null while the address says nothing yet. */
export function originOf(url: string): Origin | null {
  const address = url.trim();
  if (/^(\/|file:)/i.test(address)) return { scheme: "file", host: "" };
  if (/^(https?|ssh):\/\//i.test(address)) {
    if (!URL.canParse(address)) return null;
    const { protocol, host } = new URL(address);
    // A browser knows the usual port of https only.
    return {
      scheme: protocol === "ssh:" ? "ssh" : "http",
      host: `${protocol}//${host.toLowerCase().replace(/:22$/, "")}`,
    };
  }
  const host = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)/.exec(address)?.[1];
  return host === undefined ? null : { scheme: "ssh", host: `ssh://${host.toLowerCase()}` };
}

/** Whether a stored credential would be dropped, because it would go to another server than it was given for. */
export function dropsCredential(before: string, after: string): boolean {
  const [one, other] = [originOf(before), originOf(after)];
  return other !== null && one?.host !== other.host;
}

/** Whether a credential of this kind can open this address; true while the address says nothing yet. */
export function fitsAddress(kind: CredentialKind, url: string): boolean {
  const origin = originOf(url);
  return origin === null || origin.scheme === (kind === "ssh_key" ? "ssh" : "http");
}
