import { decoded } from "@/markdown/address";

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
