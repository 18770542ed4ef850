import type { ReactNode } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { Source } from "@/api/projects";
import { repositoryPage } from "@/markdown/repositoryHost";
import { CommitLink } from "@/screens/project/CommitLink";
import { Time } from "@/ui/Time";

/** Where a source is and how new what is stored of it is. */
export function SourceFacts({ source }: { source: Source }) {
  const t = useTranslations("project.sources");
  const format = useFormatter();
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1 text-xs">
      <Fact name={t("address")}>
        <Address url={source.repo_url} />
      </Fact>
      <Fact name={t("branch")}>{source.branch ?? t("defaultBranch")}</Fact>
      {source.docs_path && (
        <Fact name={t("folder")}>
          <span className="font-mono">{source.docs_path}</span>
        </Fact>
      )}
      {source.last_commit_sha && (
        <Fact name={t("commit")}>
          <CommitLink sha={source.last_commit_sha} repoUrl={source.repo_url} />
          {source.last_commit_at && (
            <span> · {format.dateTime(new Date(source.last_commit_at), { dateStyle: "medium" })}</span>
          )}
        </Fact>
      )}
      <Fact name={t("synced")}>{source.last_synced_at ? <Time at={source.last_synced_at} /> : t("never")}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 gap-1.5">
      <dt className="shrink-0 text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}

function Address({ url }: { url: string }) {
  const page = repositoryPage(url);
  if (page === null) return <span className="font-mono">{url}</span>;
  return (
    <a href={page} target="_blank" rel="noreferrer" className="link font-mono">
      {url}
    </a>
  );
}
