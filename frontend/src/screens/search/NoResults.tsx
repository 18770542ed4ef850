import { Link } from "@tanstack/react-router";
import { Search, SearchX } from "lucide-react";
import { useTranslations } from "use-intl";
import {
  countNarrowing,
  type Filters,
  withoutExclusions,
  withoutNarrowing,
  withoutPhrases,
} from "@/screens/search/searchFilters";
import { Button, buttonClasses } from "@/ui/Button";
import { EmptyState } from "@/ui/Feedback";

/** Before anything is asked: what can be. */
export function SearchStart({ isEverywhere }: { isEverywhere: boolean }) {
  const t = useTranslations("search.start");
  return (
    <EmptyState icon={<Search className="size-8" />} title={isEverywhere ? t("titleAll") : t("title")}>
      <p>{t("text")}</p>
    </EmptyState>
  );
}

interface NoResultsProps {
  projectId: number | null;
  filters: Filters;
  onChange: (changes: Partial<Filters>) => void;
}

/** Nothing was found: the ways to look further that there still are. */
export function NoResults({ projectId, filters, onChange }: NoResultsProps) {
  const t = useTranslations("search.none");
  const found = useTranslations("found.none");
  const included = withoutExclusions(filters.query);
  const loose = withoutPhrases(filters.query);
  const ways: { label: string; isOpen: boolean; changes: Partial<Filters> }[] = [
    { label: found("excluded"), isOpen: !["", filters.query].includes(included), changes: { query: included } },
    { label: found("phrase"), isOpen: !["", filters.query].includes(loose), changes: { query: loose } },
    { label: t("filters"), isOpen: countNarrowing(filters) > 0, changes: withoutNarrowing(filters) },
    { label: t("hybrid"), isOpen: filters.mode !== "hybrid", changes: { mode: "hybrid" } },
    { label: t("framework"), isOpen: !filters.includesFramework, changes: { includesFramework: true } },
  ];
  const open = ways.filter((way) => way.isOpen);
  const hasWay = open.length > 0 || projectId !== null;
  return (
    <EmptyState icon={<SearchX className="size-8" />} title={t("title", { query: filters.query })}>
      <p>{hasWay ? t("text") : t("textOnly")}</p>
      <div className="flex flex-wrap justify-center gap-2">
        {open.map(({ label, changes }) => (
          <Button key={label} onClick={() => onChange(changes)}>
            {label}
          </Button>
        ))}
        {projectId !== null && (
          <Link to="/search" search={{ q: filters.query }} className={buttonClasses()}>
            {t("everywhere")}
          </Link>
        )}
      </div>
    </EmptyState>
  );
}
