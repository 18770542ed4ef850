import { useQuery } from "@tanstack/react-query";
import { GitCommitHorizontal } from "lucide-react";
import { useTranslations } from "use-intl";
import type { DocumentContent } from "@/api/documents";
import { sourcesQuery } from "@/api/projects";
import { CommitLink } from "@/screens/project/CommitLink";
import { Time } from "@/ui/Time";

/** Who changed a document last, when, and as what; nothing where the history at hand doesn't say it. */
export function LastChange({ document }: { document: DocumentContent }) {
  const t = useTranslations("explorer");
  const { data: sources } = useQuery(sourcesQuery(document.project_id));
  const commit = document.last_commit;
  if (!commit) return null;
  const source = sources?.find((each) => each.id === document.source_id);
  return (
    <p title={t("lastChangedHint")} className="flex flex-wrap items-center gap-x-2 text-muted text-xs">
      <GitCommitHorizontal aria-hidden className="size-4 shrink-0" />
      <span>
        {t("lastChanged", { author: commit.author })}
        {commit.committed_at && (
          <>
            {" "}
            <Time at={commit.committed_at} />
          </>
        )}
      </span>
      <CommitLink sha={commit.sha} repoUrl={source?.repo_url} />
      <span className="min-w-0 max-w-full truncate">{commit.subject}</span>
    </p>
  );
}
