import { useQuery } from "@tanstack/react-query";
import { SpellCheck, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { type SearchResponse, searchQuery } from "@/api/documents";
import { projectsQuery } from "@/api/projects";
import { HitGroupCard } from "@/screens/search/HitGroupCard";
import { groupHits } from "@/screens/search/hits";
import { NoResults, SearchStart } from "@/screens/search/NoResults";
import { type Filters, toRequest } from "@/screens/search/searchFilters";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";

const FIRST = 20;
const MOST = 50;

interface SearchResultsProps {
  projectId: number | null;
  filters: Filters;
  onChange: (changes: Partial<Filters>) => void;
  /** More was shown, from this position on. */
  onMore: (position: number) => void;
}

/** The passages found, best first. */
export function SearchResults({ projectId, filters, onChange, onMore }: SearchResultsProps) {
  const t = useTranslations("search");
  const search = useResults(projectId ?? filters.projectId, filters, onMore);
  const { data, error, isPlaceholderData, isBlank } = search;
  return (
    <section aria-label={t("results")} className="flex min-w-0 grow flex-col gap-3">
      <p role="status" className="min-h-5 text-muted text-sm">
        {!isBlank && !error && <Summary answer={data} isSearching={!data || isPlaceholderData} />}
      </p>
      {isBlank && <SearchStart isEverywhere={projectId === null} />}
      {!isBlank && error && <ErrorNotice error={error} onRetry={() => void search.refetch()} />}
      {!isBlank && !error && !data && <SkeletonRows count={9} />}
      {!isBlank && data && (
        <>
          <Corrections made={data.corrections} />
          <Warnings sentences={data.warnings ?? []} />
          <Hits answer={data} isEverywhere={projectId === null} isStale={isPlaceholderData} />
          {data.results.length === 0 && !isPlaceholderData && (
            <NoResults projectId={projectId} filters={filters} onChange={onChange} />
          )}
          {search.canShowMore && (
            <Button className="self-center" isBusy={search.isShowingMore} onClick={search.showMore}>
              {t("more")}
            </Button>
          )}
        </>
      )}
    </section>
  );
}

function useResults(searchedProject: number | null, filters: Filters, onMore: (position: number) => void) {
  const isBlank = filters.query.trim() === "";
  const search = JSON.stringify([searchedProject, filters]);
  const [extended, setExtended] = useState<string | null>(null); // the search of which more is wanted
  const limit = extended === search ? MOST : FIRST;
  const query = useQuery({ ...searchQuery(searchedProject, toRequest(filters, limit)), enabled: !isBlank });
  const { data, isPlaceholderData } = query;
  const shown = data?.results.length ?? 0;

  const continueAt = useRef<number | null>(null);
  useEffect(() => {
    if (continueAt.current === null || isPlaceholderData || limit === FIRST) return;
    onMore(continueAt.current);
    continueAt.current = null;
  }, [isPlaceholderData, limit, onMore]);
  const showMore = () => {
    continueAt.current = shown;
    setExtended(search);
  };
  const isShowingMore = limit === MOST && isPlaceholderData;
  const canShowMore = isShowingMore || (limit < MOST && shown >= limit && !isPlaceholderData);
  return { ...query, isBlank, showMore, isShowingMore, canShowMore };
}

function Summary({ answer, isSearching }: { answer: SearchResponse | undefined; isSearching: boolean }) {
  const t = useTranslations("search");
  if (isSearching || !answer) return t("searching");
  const count = answer.results.length;
  const values = { count, ms: Math.round(answer.took_ms) };
  return count === FIRST || count === MOST ? t("countFirst", values) : t("count", values);
}

/** Which words were searched in the place of mistyped ones. */
function Corrections({ made }: { made: SearchResponse["corrections"] }) {
  const t = useTranslations("found");
  return made.map(({ from, to }) => (
    <p key={from} role="status" className="flex gap-2 rounded-md border border-line bg-subtle px-3 py-2">
      <SpellCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
      {t("corrected", { typed: from, used: to })}
    </p>
  ));
}

function Warnings({ sentences }: { sentences: string[] }) {
  return sentences.map((sentence) => (
    <p key={sentence} role="alert" className="flex gap-2 rounded-md border border-line bg-warning-soft px-3 py-2">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      {sentence}
    </p>
  ));
}

function Hits({ answer, isEverywhere, isStale }: { answer: SearchResponse; isEverywhere: boolean; isStale: boolean }) {
  const { data: projects } = useQuery({ ...projectsQuery, enabled: isEverywhere });
  const nameOf = (projectId: number) => projects?.find((each) => each.id === projectId)?.name;
  if (answer.results.length === 0) return null;
  return (
    <ol aria-busy={isStale} className="flex flex-col gap-3">
      {groupHits(answer.results).map((group) => (
        <HitGroupCard
          key={group.key}
          hits={group.hits}
          projectName={isEverywhere ? nameOf(group.hits[0].project_id) : undefined}
        />
      ))}
    </ol>
  );
}
