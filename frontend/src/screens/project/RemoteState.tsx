import { CloudAlert, CloudDownload } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import type { Source } from "@/api/projects";
import { CommitLink } from "@/screens/project/CommitLink";
import { adviceFor, isInSource } from "@/screens/project/runs";
import { useSyncSource } from "@/screens/project/useSync";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";

interface RemoteStateProps {
  source: Source;
  /** What the last run failed with: the same isn't said twice. */
  failedAs: string | null;
  onEdit: () => void;
}

/** That the remote has something new, or that it can't be asked; nothing while all is well. */
export function RemoteState({ source, failedAs, onEdit }: RemoteStateProps) {
  if (source.remote_error_code && source.remote_error_code !== failedAs) {
    return <Unasked source={source} code={source.remote_error_code} onEdit={onEdit} />;
  }
  return source.is_behind ? <Behind source={source} /> : null;
}

function Behind({ source }: { source: Source }) {
  const t = useTranslations("project.sources");
  const sync = useSyncSource(source.project_id, source.id);
  const { last_commit_sha: stored, remote_commit_sha: remote, repo_url: repoUrl } = source;
  return (
    <Notice icon={<CloudDownload aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />}>
      <p>
        {t.rich("behindText", {
          remote: () => remote && <CommitLink sha={remote} repoUrl={repoUrl} />,
          stored: () => stored && <CommitLink sha={stored} repoUrl={repoUrl} />,
        })}
      </p>
      {sync.error && <ErrorNotice error={sync.error} />}
      <div>
        <Button size="sm" isBusy={sync.isPending} onClick={() => sync.mutate()}>
          {t("syncBehind")}
        </Button>
      </div>
    </Notice>
  );
}

function Unasked({ source, code, onEdit }: { source: Source; code: string; onEdit: () => void }) {
  const t = useTranslations("project.sources");
  const tFailure = useTranslations("project.failure");
  const advice = adviceFor(code);
  return (
    <Notice icon={<CloudAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />}>
      <p>
        {t("unasked")} {source.remote_error_detail}
      </p>
      <p className="text-xs">
        {advice === "syncAgain" ? t("askedAgain") : tFailure(advice)} <code className="font-mono">{code}</code>
      </p>
      {isInSource(advice) && (
        <div>
          <Button size="sm" onClick={onEdit}>
            {tFailure("edit")}
          </Button>
        </div>
      )}
    </Notice>
  );
}

function Notice({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <div className="flex gap-3 rounded-md border border-line bg-warning-soft p-3">
      {icon}
      <div className="flex min-w-0 grow flex-col gap-1.5">{children}</div>
    </div>
  );
}
