import { Link } from "@tanstack/react-router";
import { Search, SearchX } from "lucide-react";
import { useTranslations } from "use-intl";
import { countNarrowing, type Filters, withoutNarrowing } from "@/screens/search/searchFilters";
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
  const ways: { key: "filters" | "framework" | "hybrid"; isOpen: boolean; changes: Partial<Filters> }[] = [
    { key: "filters", isOpen: countNarrowing(filters) > 0, changes: withoutNarrowing(filters) },
    { key: "hybrid", isOpen: filters.mode !== "hybrid", changes: { mode: "hybrid" } },
    { key: "framework", isOpen: !filters.includesFramework, changes: { includesFramework: true } },
  ];
  const open = ways.filter((way) => way.isOpen);
  const hasWay = open.length > 0 || projectId !== null;
  return (
    <EmptyState icon={<SearchX className="size-8" />} title={t("title", { query: filters.query })}>
      <p>{hasWay ? t("text") : t("textOnly")}</p>
      <div className="flex flex-wrap justify-center gap-2">
        {open.map(({ key, changes }) => (
          <Button key={key} onClick={() => onChange(changes)}>
            {t(key)}
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
