import { useQueries } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { type Project, recentDocumentsQuery } from "@/api/projects";
import { lastSynced, newestOf } from "@/screens/dashboard/recent";
import { DocumentRow } from "@/screens/project/RecentDocuments";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";
import { Panel } from "@/ui/Panel";

const PROJECTS = 4;
const DOCUMENTS = 8;

/** What changed last in the projects that were synced last. */
export function ChangedDocuments({ projects }: { projects: Project[] }) {
  const t = useTranslations("dashboard.recent");
  const asked = lastSynced(projects, PROJECTS);
  const answers = useQueries({
    queries: asked.map((project) => recentDocumentsQuery(project.id, DOCUMENTS, project.last_synced_at)),
  });
  const documents = newestOf(
    answers.map((answer) => answer.data ?? []),
    DOCUMENTS,
  );
  const failed = answers.find((answer) => answer.isError);
  const isPending = answers.some((answer) => answer.isPending);
  return (
    <Panel title={t("title")}>
      {documents.length === 0 && isPending && <SkeletonRows className="p-4" />}
      {documents.length === 0 && !isPending && !failed && <p className="p-4 text-muted">{t("empty")}</p>}
      <ul>
        {documents.map((each) => (
          <DocumentRow
            key={each.id}
            document={each}
            note={projects.find((project) => project.id === each.project_id)?.name ?? ""}
          />
        ))}
      </ul>
      {failed?.error && (
        <div className="p-4">
          <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />
        </div>
      )}
    </Panel>
  );
}
