import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type KeyboardEvent, useRef } from "react";
import { useTranslations } from "use-intl";
import { projectQuery } from "@/api/projects";
import { foundTexts } from "@/messages/late/found";
import { WithTexts } from "@/messages/late/WithTexts";
import { focusHit, moveBetweenHits } from "@/screens/search/hitFocus";
import { SearchField } from "@/screens/search/SearchField";
import { SearchFilters } from "@/screens/search/SearchFilters";
import { SearchResults } from "@/screens/search/SearchResults";
import { useSearchAddress } from "@/screens/search/useSearchAddress";
import { Page } from "@/ui/Panel";

/** Search over all projects. */
export function GlobalSearch() {
  const t = useTranslations("search");
  return (
    <WithTexts texts={foundTexts}>
      <SearchScreen projectId={null} title={t("titleAll")} />
    </WithTexts>
  );
}

/** Search in one project. */
export function ProjectSearch() {
  const t = useTranslations("search");
  const { projectId } = useParams({ from: "/projects/$projectId" });
  return (
    <WithTexts texts={foundTexts}>
      <SearchScreen key={projectId} projectId={projectId} title={t("title")} />
    </WithTexts>
  );
}

function SearchScreen({ projectId, title }: { projectId: number | null; title: string }) {
  const address = useSearchAddress();
  const { filters } = address;
  const content = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const move = (event: KeyboardEvent) => {
    if (moveBetweenHits(content.current, field.current, event.key)) event.preventDefault();
  };
  return (
    <Page>
      <PageTitle projectId={projectId} title={title} query={filters.query} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys that bubble up here come from field and links */}
      <div ref={content} onKeyDown={move} className="flex flex-col gap-4">
        <h1 className="font-semibold text-xl">{title}</h1>
        <SearchField ref={field} address={address} />
        <div className="flex flex-col gap-4 lg:flex-row lg:gap-6">
          <SearchFilters projectId={projectId} address={address} />
          <SearchResults
            projectId={projectId}
            filters={filters}
            onChange={address.change}
            onMore={(position) => focusHit(content.current, position)}
          />
        </div>
      </div>
    </Page>
  );
}

function PageTitle({ projectId, title, query }: { projectId: number | null; title: string; query: string }) {
  const { data: project } = useQuery({ ...projectQuery(projectId ?? 0), enabled: projectId !== null });
  const parts = [query && `“${query}”`, title, project?.name, "BMADFlow"];
  return <title>{parts.filter(Boolean).join(" · ")}</title>;
}
