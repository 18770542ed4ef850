import { commitPage } from "@/markdown/repositoryHost";

/** A commit by its short id; leads to the host where its pages are known. */
export function CommitLink({ sha, repoUrl }: { sha: string; repoUrl?: string | undefined }) {
  const short = <code className="font-mono text-xs">{sha.slice(0, 7)}</code>;
  const page = repoUrl === undefined ? null : commitPage(repoUrl, sha);
  if (page === null) return <span title={sha}>{short}</span>;
  return (
    <a href={page} target="_blank" rel="noreferrer" title={sha} className="link">
      {short}
    </a>
  );
}
