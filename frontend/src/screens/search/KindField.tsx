import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { type Kind, treeQuery } from "@/api/documents";
import { countKinds, type KindCount, UNCOUNTED_KINDS } from "@/screens/search/kindCounts";
import { type Filters, KINDS } from "@/screens/search/searchFilters";
import type { SearchAddress } from "@/screens/search/useSearchAddress";
import { Checkbox } from "@/ui/Field";

interface KindFieldProps {
  /** Null for a search over all projects. */
  projectId: number | null;
  address: SearchAddress;
}

/** The kinds of document to search. Closed at first, so that Tab gets past it in one step. */
export function KindField({ projectId, address: { filters, change } }: KindFieldProps) {
  const t = useTranslations("search");
  const names = useTranslations("ui.kinds");
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  const chosen = filters.kinds.map((kind) => names(kind)).join(", ");
  const toggle = (kind: Kind) => {
    const has = filters.kinds.includes(kind);
    change({ kinds: KINDS.filter((each) => (each === kind ? !has : filters.kinds.includes(each))) });
  };
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
        className="-mx-1 flex min-h-6 items-center gap-1 rounded-md px-1 text-left text-sm hover:bg-hover"
      >
        <Chevron aria-hidden className="size-4 shrink-0 text-muted" />
        <span className="font-semibold">{t("kind")}</span>
        <span className="truncate text-muted">{chosen || t("allKinds")}</span>
      </button>
      {isOpen && (
        <fieldset id={id} className="min-w-0">
          <legend className="sr-only">{t("kind")}</legend>
          <KindChoices projectId={projectId} filters={filters} onToggle={toggle} />
        </fieldset>
      )}
    </div>
  );
}

interface KindChoicesProps {
  projectId: number | null;
  filters: Filters;
  onToggle: (kind: Kind) => void;
}

function KindChoices({ projectId, filters, onToggle }: KindChoicesProps) {
  const kinds = useKinds(projectId, filters);
  return (
    <div className="flex max-h-72 flex-col gap-1 overflow-y-auto rounded-md border border-line px-2 py-1.5">
      {kinds.map(({ kind, count }) => (
        <Checkbox
          key={kind}
          label={<KindLabel kind={kind} count={count} />}
          checked={filters.kinds.includes(kind)}
          onChange={() => onToggle(kind)}
        />
      ))}
    </div>
  );
}

function KindLabel({ kind, count }: KindCount) {
  const names = useTranslations("ui.kinds");
  const format = useFormatter();
  return (
    <span className="flex min-h-6 grow items-center justify-between gap-2">
      {names(kind)}
      {count !== null && <span className="text-muted text-xs tabular-nums">{format.number(count)}</span>}
    </span>
  );
}

function useKinds(projectId: number | null, filters: Filters): readonly KindCount[] {
  const { data: tree } = useQuery({ ...treeQuery(projectId ?? 0), enabled: projectId !== null });
  return tree ? countKinds(tree.sources, filters) : UNCOUNTED_KINDS;
}
