import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FileText } from "lucide-react";
import { useLocale, useTranslations } from "use-intl";
import type { DocumentSummary } from "@/api/documents";
import { recentDocumentsQuery } from "@/api/projects";
import { formatBytes } from "@/screens/project/measures";
import { toDocument } from "@/shell/links";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { EmptyState, SkeletonRows } from "@/ui/Feedback";
import { KindIcon } from "@/ui/KindIcon";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";

const SHOWN = 10;

/** The documents of a project that changed last. */
export function RecentDocuments({ projectId }: { projectId: number }) {
  const t = useTranslations("project.recent");
  const documents = useQuery(recentDocumentsQuery(projectId, SHOWN));
  const all = (
    <Link to="/projects/$projectId/docs" params={{ projectId }} className="link shrink-0 text-xs">
      {t("all")}
    </Link>
  );
  return (
    <Panel title={t("title")} actions={all}>
      {documents.isPending && <SkeletonRows className="p-4" />}
      {documents.isError && (
        <div className="p-4">
          <ErrorNotice error={documents.error} onRetry={() => void documents.refetch()} />
        </div>
      )}
      {documents.data && <DocumentList documents={documents.data} />}
    </Panel>
  );
}

function DocumentList({ documents }: { documents: DocumentSummary[] }) {
  const t = useTranslations("project.recent");
  const locale = useLocale();
  if (documents.length === 0)
    return (
      <EmptyState icon={<FileText className="size-6" />} title={t("emptyTitle")}>
        <p>{t("empty")}</p>
      </EmptyState>
    );
  return (
    <ul>
      {documents.map((each) => (
        <DocumentRow key={each.id} document={each} note={formatBytes(each.size_bytes, locale)} />
      ))}
    </ul>
  );
}

/** A document in a list of what changed; `note` stands at the end of its first line. */
export function DocumentRow({ document, note }: { document: DocumentSummary; note: string }) {
  const { project_id: projectId, source_id: sourceId, path } = document;
  return (
    <li className="flex gap-2 border-line-muted border-t px-4 py-2 first:border-t-0">
      <span className="mt-0.5">
        <KindIcon kind={document.kind} />
      </span>
      <div className="min-w-0 grow">
        <div className="flex items-baseline gap-3">
          <Link {...toDocument({ projectId, sourceId, path })} className="link min-w-0 grow truncate">
            {document.title}
          </Link>
          <span className="max-w-1/2 shrink-0 truncate text-muted text-xs tabular-nums">{note}</span>
        </div>
        <p className="flex gap-3 text-muted text-xs">
          <span className="min-w-0 grow truncate" title={path}>
            {path}
          </span>
          <span className="shrink-0">
            <Time at={document.updated_at} />
          </span>
        </p>
      </div>
    </li>
  );
}
