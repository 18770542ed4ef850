import { useQuery } from "@tanstack/react-query";
import { GitBranch, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { type SyncRun, sourcesQuery } from "@/api/projects";
import { currentRun } from "@/screens/project/runs";
import { SourceDialog } from "@/screens/project/SourceDialog";
import { SourceRow } from "@/screens/project/SourceRow";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { EmptyState, SkeletonRows } from "@/ui/Feedback";
import { Panel } from "@/ui/Panel";

/** The repositories of a project, with what goes on at each. */
export function SourcesPanel({ projectId, runs }: { projectId: number; runs: SyncRun[] }) {
  const t = useTranslations("project.sources");
  const [isAdding, setAdding] = useState(false);
  const add = (
    <Button size="sm" onClick={() => setAdding(true)}>
      <Plus aria-hidden className="size-3.5" />
      {t("add")}
    </Button>
  );
  return (
    <Panel title={t("title")} actions={add}>
      <SourceList projectId={projectId} runs={runs} />
      <SourceDialog projectId={projectId} source={null} isOpen={isAdding} onClose={() => setAdding(false)} />
    </Panel>
  );
}

function SourceList({ projectId, runs }: { projectId: number; runs: SyncRun[] }) {
  const t = useTranslations("project.sources");
  const sources = useQuery(sourcesQuery(projectId));
  if (sources.isPending) return <SkeletonRows count={3} className="p-4" />;
  return (
    <>
      {sources.isError && (
        <div className="p-4">
          <ErrorNotice error={sources.error} onRetry={() => void sources.refetch()} />
        </div>
      )}
      {sources.data?.length === 0 && (
        <EmptyState icon={<GitBranch className="size-6" />} title={t("emptyTitle")}>
          <p>{t("empty")}</p>
        </EmptyState>
      )}
      {sources.data && sources.data.length > 0 && (
        <ul>
          {sources.data.map((source) => (
            <SourceRow key={source.id} source={source} run={currentRun(runs, source.id)} />
          ))}
        </ul>
      )}
    </>
  );
}
