import { repositoryPage, styleName } from "@/markdown/repositoryHost";

export const HOSTS = ["github", "gitlab", "gitea", "bitbucket"] as const;
export type Host = (typeof HOSTS)[number];

export function isHost(word: unknown): word is Host {
  return HOSTS.some((host) => host === word);
}

/** Where a host keeps a repository's webhooks; null where that isn't known. */
export function webhookSettings(repoUrl: string): string | null {
  const page = repositoryPage(repoUrl);
  if (page === null) return null;
  switch (styleName(repoUrl)) {
    case "github":
      return `${page}/settings/hooks/new`;
    case "gitlab":
      return `${page}/-/hooks`;
    case "gitea":
      return `${page}/settings/hooks`;
    case "bitbucket":
      return `${page}/admin/webhooks`;
    default:
      return null;
  }
}

export type Reach = "loopback" | "private" | "open";

/** Who can reach a hub at this host name: this machine alone, the network around it, or as far as it can be told, all. */
export function reachOf(hostname: string): Reach {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, "");
  if (host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127\./.test(host)) return "loopback";
  const isPrivate = /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:|fe80:)/.test(host);
  return isPrivate || !/[.:]/.test(host) || /\.(local|lan|internal|home\.arpa)$/.test(host) ? "private" : "open";
}
