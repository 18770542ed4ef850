import { encodePath } from "@/markdown/address";

type Lines = [number, number];
type Style = (commit: string, path: string, lines: Lines | undefined) => string;

const github: Style = (commit, path, lines) => `/blob/${commit}/${path}${fragment(lines, "L", "-L")}`;
const gitlab: Style = (commit, path, lines) => `/-/blob/${commit}/${path}${fragment(lines, "L", "-")}`;
const bitbucket: Style = (commit, path, lines) => `/src/${commit}/${path}${fragment(lines, "lines-", ":")}`;
const gitea: Style = (commit, path, lines) => `/src/commit/${commit}/${path}${fragment(lines, "L", "-L")}`;

/** Hosts by what their name holds; a company's own GitLab is called `gitlab.company.com` as a rule. */
const STYLES: [RegExp, Style][] = [
  [/^(www\.)?github\.com$|^github\./, github],
  [/^gitlab\.|^(www\.)?gitlab\.com$/, gitlab],
  [/^bitbucket\.org$/, bitbucket],
  [/^codeberg\.org$|^(gitea|forgejo)\.|^git\.disroot\.org$/, gitea],
];

/**
 * Where a file, at a commit, is shown by the site that hosts its repository. Null for hosts whose addresses aren't
 * known, local paths and anything that isn't a git address.
 */
export function hostUrl(repoUrl: string, commit: string, path: string, lines?: Lines): string | null {
  const repository = parseRepository(repoUrl);
  if (!repository) return null;
  const style = STYLES.find(([pattern]) => pattern.test(repository.host))?.[1];
  return style ? `https://${repository.host}/${repository.path}${style(commit, encodePath(path), lines)}` : null;
}

function parseRepository(repoUrl: string): { host: string; path: string } | null {
  const scp = /^(?:[\w.-]+@)?([\w.-]+\.[a-z]+):(?!\/\/)\/?(.+)$/i.exec(repoUrl);
  if (scp?.[1] && scp[2]) return repositoryOf(scp[1], scp[2]);
  if (!/^(https?|ssh|git):\/\//i.test(repoUrl)) return null;
  try {
    const url = new URL(repoUrl);
    // The port of ssh says nothing of the web; a web address on another port is no well-known host.
    if (/^http/.test(url.protocol) && url.port) return null;
    return repositoryOf(url.hostname, url.pathname);
  } catch {
    return null;
  }
}

function repositoryOf(host: string, path: string): { host: string; path: string } | null {
  const bare = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return bare.includes("/") ? { host: host.toLowerCase().replace(/^(ssh|altssh)\./, ""), path: bare } : null;
}

function fragment(lines: Lines | undefined, before: string, between: string): string {
  if (!lines) return "";
  return lines[0] === lines[1] ? `#${before}${lines[0]}` : `#${before}${lines[0]}${between}${lines[1]}`;
}
