import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { type Source, type SyncRun, sourcesQuery, syncQuery } from "@/api/projects";
import { projectTexts } from "@/messages/late/project";
import { WithTexts } from "@/messages/late/WithTexts";
import { LoadFailure } from "@/screens/project/LoadFailure";
import { RunCounts, RunFacts, RunTimeline } from "@/screens/project/RunFacts";
import { RunFailure } from "@/screens/project/RunFailure";
import { RunProgress } from "@/screens/project/RunProgress";
import { RunWarnings } from "@/screens/project/RunWarnings";
import { isOpen } from "@/screens/project/runs";
import { SourceDialog } from "@/screens/project/SourceDialog";
import { RunStatusBadge } from "@/screens/project/SyncStatus";
import { useCancelSync } from "@/screens/project/useSync";
import { Button, buttonClasses } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";
import { Page, PageHeader } from "@/ui/Panel";

/** All that is known of one sync run, live while it goes on. */
export function SyncRunScreen() {
  return (
    <WithTexts texts={projectTexts}>
      <SomeRun />
    </WithTexts>
  );
}

function SomeRun() {
  const { projectId, syncId } = useParams({ from: "/projects/$projectId/syncs/$syncId" });
  const run = useQuery(syncQuery(projectId, syncId));
  const { data: sources } = useQuery(sourcesQuery(projectId));
  if (run.isError && !run.data) return <LoadFailure error={run.error} onRetry={() => void run.refetch()} />;
  if (!run.data)
    return (
      <Page>
        <SkeletonRows />
      </Page>
    );
  const source = sources?.find((each) => each.id === run.data.source_id);
  return <Run key={run.data.id} run={run.data} source={source} />;
}

function Run({ run, source }: { run: SyncRun; source: Source | undefined }) {
  const t = useTranslations("project.run");
  const name = source?.name ?? t("unknownSource", { id: String(run.source_id) });
  const title = t(run.kind === "reindex" ? "reindexTitle" : "title", { source: name });
  return (
    <Page>
      <title>{`${title} · BMADFlow`}</title>
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-2">
            {title}
            <RunStatusBadge run={run} />
          </span>
        }
        actions={
          <Link to="/projects/$projectId" params={{ projectId: run.project_id }} className={buttonClasses()}>
            {t("back")}
          </Link>
        }
      />
      <div className="flex flex-col gap-4">
        {isOpen(run) && <Live run={run} name={name} />}
        {run.status === "failed" && <Failure run={run} source={source} />}
        <div className="grid items-start gap-4 md:grid-cols-2">
          <div className="flex flex-col gap-4">
            <RunTimeline run={run} />
            <RunFacts run={run} source={source} />
          </div>
          <RunCounts run={run} />
        </div>
        <RunWarnings run={run} />
      </div>
    </Page>
  );
}

function Failure({ run, source }: { run: SyncRun; source: Source | undefined }) {
  const [isEditing, setEditing] = useState(false);
  if (!source) return <RunFailure run={run} />;
  return (
    <>
      <RunFailure run={run} onEdit={() => setEditing(true)} />
      <SourceDialog projectId={run.project_id} source={source} isOpen={isEditing} onClose={() => setEditing(false)} />
    </>
  );
}

function Live({ run, name }: { run: SyncRun; name: string }) {
  const t = useTranslations("project.sources");
  const { cancel, error, isCancelling } = useCancelSync(run);
  return (
    <div className="flex flex-col items-start gap-2 rounded-md border border-line bg-subtle p-4">
      <div className="w-full">
        <RunProgress run={run} isCancelling={isCancelling} />
      </div>
      {error && <ErrorNotice error={error} />}
      <Button size="sm" isBusy={isCancelling} aria-label={t("cancelSync", { name })} onClick={() => cancel()}>
        {t("cancel")}
      </Button>
    </div>
  );
}
