import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { type Dashboard as DashboardData, dashboardQuery } from "@/api/hub";
import { type Project, projectsQuery } from "@/api/projects";
import { ChangedDocuments } from "@/screens/dashboard/ChangedDocuments";
import { Figures } from "@/screens/dashboard/Figures";
import { FirstRunGuide } from "@/screens/dashboard/FirstRunGuide";
import { guideFor } from "@/screens/dashboard/guide";
import { dismissGuide, isGuideDismissed } from "@/screens/dashboard/guideDismissal";
import { ProjectList } from "@/screens/dashboard/ProjectList";
import { RecentSyncs } from "@/screens/dashboard/RecentSyncs";
import { isOpen } from "@/screens/project/runs";
import { buttonClasses } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";
import { Page, PageHeader, Panel } from "@/ui/Panel";

const BUSY_MS = 2_000;
const IDLE_MS = 30_000;
const SHORT_LIST = 6; // projects that leave room for something below them

/** All projects at a glance. */
export function Dashboard() {
  const t = useTranslations("dashboard");
  const { projects, dashboard } = useHub();
  const isEmpty = projects.data?.length === 0;
  return (
    <Page>
      <title>{`${t("title")} · BMADFlow`}</title>
      <PageHeader
        title={t("title")}
        actions={
          !isEmpty && (
            <Link to="/projects/new" className={buttonClasses("primary")}>
              <Plus aria-hidden className="size-4" />
              {t("newProject")}
            </Link>
          )
        }
      />
      <div className="flex flex-col gap-4">
        {projects.data && <Guide projects={projects.data} dashboard={dashboard.data} />}
        {!isEmpty && <Overview projects={projects} dashboard={dashboard} />}
      </div>
    </Page>
  );
}

/** Projects and figures, read again and again while the page is seen: often while something is being synced. */
function useHub() {
  const projects = useQuery({
    ...projectsQuery,
    refetchInterval: ({ state }) => (state.data?.some(isBeingSynced) ? BUSY_MS : IDLE_MS),
  });
  const dashboard = useQuery({
    ...dashboardQuery,
    refetchInterval: ({ state }) => (state.data?.recent_syncs?.some(isOpen) ? BUSY_MS : IDLE_MS),
  });
  return { projects, dashboard };
}

function isBeingSynced(project: Project): boolean {
  return project.sync_status === "queued" || project.sync_status === "running";
}

function Guide({ projects, dashboard }: { projects: Project[]; dashboard: DashboardData | undefined }) {
  const [isDismissed, setDismissed] = useState(isGuideDismissed);
  const guide = guideFor(projects, dashboard?.conversations ?? null, isDismissed);
  const dismiss = () => {
    dismissGuide();
    setDismissed(true);
  };
  return guide && <FirstRunGuide guide={guide} onDismiss={dismiss} />;
}

interface OverviewProps {
  projects: UseQueryResult<Project[]>;
  dashboard: UseQueryResult<DashboardData>;
}

function Overview({ projects, dashboard }: OverviewProps) {
  const isLong = (projects.data?.length ?? 0) > SHORT_LIST;
  const changed = projects.data && <ChangedDocuments projects={projects.data} />;
  return (
    <>
      {dashboard.isError && !dashboard.data ? (
        <ErrorNotice error={dashboard.error} onRetry={() => void dashboard.refetch()} />
      ) : (
        <Figures dashboard={dashboard.data} />
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Projects projects={projects} dashboard={dashboard.data} />
          {!isLong && changed}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <RecentSyncs dashboard={dashboard.data} projects={projects.data ?? []} />
          {isLong && changed}
        </div>
      </div>
    </>
  );
}

interface ProjectsProps {
  projects: UseQueryResult<Project[]>;
  dashboard: DashboardData | undefined;
}

function Projects({ projects, dashboard }: ProjectsProps) {
  const t = useTranslations("dashboard.projects");
  return (
    <Panel title={t("title")}>
      {projects.isPending && <SkeletonRows className="p-4" />}
      {projects.isError && !projects.data && (
        <div className="p-4">
          <ErrorNotice error={projects.error} onRetry={() => void projects.refetch()} />
        </div>
      )}
      {projects.data && <ProjectList projects={projects.data} dashboard={dashboard} />}
    </Panel>
  );
}
