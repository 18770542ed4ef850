import { Link } from "@tanstack/react-router";
import { KeyRound, RectangleEllipsis, UserRound } from "lucide-react";
import type { ReactNode } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { Source } from "@/api/projects";
import { repositoryPage } from "@/markdown/repositoryHost";
import { CommitLink } from "@/screens/project/CommitLink";
import { BothTimes, ScheduleName } from "@/screens/project/NextSync";
import { Time } from "@/ui/Time";

const ICONS = { token: RectangleEllipsis, password: UserRound, ssh_key: KeyRound } as const;

interface SourceFactsProps {
  source: Source;
  isChecking: boolean;
  onCheck: () => void;
}

/** Where a source is, how new what is stored of it is, and how it is kept so. */
export function SourceFacts({ source, isChecking, onCheck }: SourceFactsProps) {
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
      <Fact name={t("checked")}>
        {source.remote_checked_at ? <Time at={source.remote_checked_at} /> : t("never")} ·{" "}
        <CheckButton name={source.name} isChecking={isChecking} onCheck={onCheck} />
      </Fact>
      <HowKept source={source} />
    </dl>
  );
}

/** What opens the repository and what makes it be synced by itself; nothing of what there is nothing. */
function HowKept({ source }: { source: Source }) {
  const t = useTranslations("project.sources");
  const kinds = useTranslations("project.credential.kinds");
  const Icon = source.credential_kind && ICONS[source.credential_kind];
  const params = { projectId: source.project_id, sourceId: source.id };
  return (
    <>
      {source.credential_kind && Icon && (
        <Fact name={t("access")}>
          <span className="inline-flex items-center gap-1">
            <Icon aria-hidden className="size-3.5 text-muted" />
            {kinds(source.credential_kind)}
          </span>
        </Fact>
      )}
      {source.schedule && (
        <Fact name={t("schedule")}>
          <ScheduleName schedule={source.schedule} />
          {source.next_sync_at && (
            <>
              {" · "}
              {t.rich("next", { time: () => <BothTimes at={source.next_sync_at ?? ""} /> })}
            </>
          )}
        </Fact>
      )}
      {source.has_webhook && (
        <Fact name={t("webhookFact")}>
          <Link to="/projects/$projectId/sources/$sourceId/webhook" params={params} className="link">
            {t("webhookOn")}
          </Link>
        </Fact>
      )}
    </>
  );
}

function CheckButton({ name, isChecking, onCheck }: { name: string; isChecking: boolean; onCheck: () => void }) {
  const t = useTranslations("project.sources");
  return (
    <>
      <button type="button" disabled={isChecking} className="link disabled:text-muted" onClick={onCheck}>
        {isChecking ? t("checking") : t("check")}
        <span className="sr-only"> {t("checkOf", { name })}</span>
      </button>
      <span role="status" className="sr-only">
        {isChecking && t("checking")}
      </span>
    </>
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
