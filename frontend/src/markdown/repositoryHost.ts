import { encodePath } from "@/markdown/address";

type Lines = [number, number];

/** How a site writes the addresses of a repository's files and commits. */
interface Style {
  name: "github" | "gitlab" | "bitbucket" | "gitea";
  commit: string;
  file: string;
  lines: [before: string, between: string];
}

const github: Style = { name: "github", commit: "commit", file: "blob", lines: ["L", "-L"] };
const gitlab: Style = { name: "gitlab", commit: "-/commit", file: "-/blob", lines: ["L", "-"] };
const bitbucket: Style = { name: "bitbucket", commit: "commits", file: "src", lines: ["lines-", ":"] };
const gitea: Style = { name: "gitea", commit: "commit", file: "src/commit", lines: ["L", "-L"] };

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
export function filePage(repoUrl: string, commit: string, path: string, lines?: Lines): string | null {
  const host = hostOf(repoUrl);
  return host && `${host.page}/${host.style.file}/${commit}/${encodePath(path)}${fragment(lines, host.style.lines)}`;
}

/** Where a commit is shown; null as for a file. */
export function commitPage(repoUrl: string, commit: string): string | null {
  const host = hostOf(repoUrl);
  return host && `${host.page}/${host.style.commit}/${commit}`;
}

/** The repository's own page; on a host that isn't known, its address, where a browser opens that. */
export function repositoryPage(repoUrl: string): string | null {
  const host = hostOf(repoUrl);
  if (host) return host.page;
  if (!/^https:\/\//i.test(repoUrl) || !URL.canParse(repoUrl)) return null;
  const page = new URL(repoUrl);
  if (page.username || page.password) return null;
  return page.href.replace(/\/+$/, "").replace(/\.git$/, "");
}

/** What kind of site hosts a repository; null where it isn't known. */
export function styleName(repoUrl: string): Style["name"] | null {
  return hostOf(repoUrl)?.style.name ?? null;
}

function hostOf(repoUrl: string): { page: string; style: Style } | null {
  const repository = parseRepository(repoUrl);
  const style = repository && STYLES.find(([pattern]) => pattern.test(repository.host))?.[1];
  return style ? { page: `https://${repository.host}/${repository.path}`, style } : null;
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

function fragment(lines: Lines | undefined, [before, between]: Style["lines"]): string {
  if (!lines) return "";
  return lines[0] === lines[1] ? `#${before}${lines[0]}` : `#${before}${lines[0]}${between}${lines[1]}`;
}
