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

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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

/** The repository's page on its host; null for addresses that no browser opens. */
export function repositoryPage(url: string): string | null {
  if (!/^https:\/\//i.test(url) || !URL.canParse(url)) return null;
  const page = new URL(url);
  if (page.username || page.password) return null;
  return page.href.replace(/\/+$/, "").replace(/\.git$/, "");
}

/** A commit's page, on hosts whose addresses are known; null elsewhere. */
export function commitPage(url: string, sha: string): string | null {
  const page = repositoryPage(url);
  if (page === null) return null;
  const host = new URL(page).hostname;
  if (host === "github.com" || host === "codeberg.org") return `${page}/commit/${sha}`;
  if (host === "gitlab.com" || host.startsWith("gitlab.")) return `${page}/-/commit/${sha}`;
  return host === "bitbucket.org" ? `${page}/commits/${sha}` : null;
}
