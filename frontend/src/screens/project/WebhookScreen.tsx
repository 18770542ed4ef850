import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { type Source, sourcesQuery } from "@/api/projects";
import { styleName } from "@/markdown/repositoryHost";
import { projectTexts } from "@/messages/late/project";
import { WithTexts } from "@/messages/late/WithTexts";
import { LoadFailure } from "@/screens/project/LoadFailure";
import { Copied, WebhookSecret } from "@/screens/project/WebhookSecret";
import { WebhookSteps } from "@/screens/project/WebhookSteps";
import { isHost, reachOf } from "@/screens/project/webhookHosts";
import { NotFound } from "@/shell/RouteStates";
import { Badge } from "@/ui/Badge";
import { buttonClasses } from "@/ui/Button";
import { SkeletonRows } from "@/ui/Feedback";
import { Page, PageHeader, Panel } from "@/ui/Panel";

/** A source's webhook: with it a push to the repository is synced at once. */
export function WebhookScreen() {
  const { projectId, sourceId } = useParams({ from: "/projects/$projectId/sources/$sourceId/webhook" });
  const sources = useQuery(sourcesQuery(projectId));
  if (sources.isError && !sources.data)
    return <LoadFailure error={sources.error} onRetry={() => void sources.refetch()} />;
  const source = sources.data?.find((each) => each.id === sourceId);
  if (sources.data && !source) return <NotFound />;
  return (
    <WithTexts texts={projectTexts}>
      <Page>{source ? <OfSource key={source.id} source={source} /> : <SkeletonRows />}</Page>
    </WithTexts>
  );
}

function OfSource({ source }: { source: Source }) {
  const t = useTranslations("project.webhook");
  const { host } = useSearch({ from: "/projects/$projectId/sources/$sourceId/webhook" });
  const title = t("title", { source: source.name });
  const url = `${location.origin}/api/webhooks/git/${source.id}`;
  return (
    <>
      <title>{`${title} · BMADFlow`}</title>
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-2">
            {title}
            <Badge tone={source.has_webhook ? "success" : "neutral"}>{t(source.has_webhook ? "on" : "off")}</Badge>
          </span>
        }
        meta={t("lead")}
        actions={
          <Link to="/projects/$projectId" params={{ projectId: source.project_id }} className={buttonClasses()}>
            {t("back")}
          </Link>
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <WebhookSecret source={source} />
          <Address url={url} />
        </div>
        <WebhookSteps source={source} host={isHost(host) ? host : (styleName(source.repo_url) ?? "github")} />
      </div>
    </>
  );
}

/** What the git host has to call, and whether it can. */
function Address({ url }: { url: string }) {
  const t = useTranslations("project.webhook");
  const reach = reachOf(location.hostname);
  return (
    <Panel title={t("address")}>
      <div className="flex flex-col gap-3 p-4">
        <Copied text={url} label={t("copyAddress")} done={t("addressCopied")} />
        {reach !== "open" && <p className="rounded-md bg-warning-soft px-3 py-2">{t(`reach.${reach}`)}</p>}
      </div>
    </Panel>
  );
}
