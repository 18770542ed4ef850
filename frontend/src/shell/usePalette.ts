import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { projectsQuery } from "@/api/projects";
import { type Suggestion, suggestQuery } from "@/api/suggest";
import { useActions } from "@/shell/paletteActions";
import {
  actionGroup,
  moreGroup,
  type PaletteGroup,
  projectGroup,
  recentGroup,
  suggestionGroups,
} from "@/shell/paletteOptions";
import type { PaletteAction } from "@/shell/paletteParts";
import { recentDocuments } from "@/shell/recentDocuments";

const DEBOUNCE_MS = 80;
const LONGEST = 200;
const ACTIONS_ONLY = ">";

export interface PaletteContent {
  groups: PaletteGroup[];
  /** Whether the groups answer what is typed now; until then those before stay. */
  isCurrent: boolean;
  error: Error | null;
}

/** What the palette shows for what is typed. */
export function usePaletteContent(projectId: number | null, typed: string): PaletteContent {
  const wantsActions = typed.startsWith(ACTIONS_ONLY);
  const query = wantsActions ? typed.slice(1).trim() : typed.trim();
  const asked = useSettled(wantsActions ? "" : query.slice(0, LONGEST));
  const answer = useQuery(suggestQuery(projectId, asked));
  const start = useStart(projectId);
  const actions = useActions(projectId);
  const found = useFound(projectId, query, asked === "" ? [] : (answer.data ?? []), actions);
  const isSearching = query !== "" && !wantsActions;
  const isCurrent =
    !isSearching || (asked === query.slice(0, LONGEST) && !answer.isPending && !answer.isPlaceholderData);
  const error = isSearching ? answer.error : null;
  const groups = isSearching ? found : [...(wantsActions ? [] : start), actionGroup(actions, query, true)];
  return { groups: groups.filter((group) => group.options.length > 0), isCurrent, error };
}

/** Before anything is typed: where one was, and where one may want to go. */
function useStart(projectId: number | null): PaletteGroup[] {
  const { sourceId, _splat: path } = useParams({ strict: false });
  const projects = useOtherProjects(projectId);
  if (projectId === null) return [projectGroup(projects, "", 8)];
  const recent = recentDocuments(projectId).filter((each) => each.sourceId !== sourceId || each.path !== path);
  return [recentGroup(projectId, recent), projectGroup(projects, "")];
}

/** What fits the words; what is done with any words comes last. */
function useFound(
  projectId: number | null,
  query: string,
  suggestions: Suggestion[],
  actions: PaletteAction[],
): PaletteGroup[] {
  const t = useTranslations("search.palette");
  const { data: projects = [] } = useQuery(projectsQuery);
  const others = useOtherProjects(projectId);
  const nameById = (id: number) => projects.find((each) => each.id === id)?.name ?? null;
  const name = projectId === null ? null : (nameById(projectId) ?? "…");
  const search = name === null ? t("searchAll", { query }) : t("searchIn", { query, name });
  const suggested = suggestionGroups(suggestions, query, projectId === null ? nameById : () => null);
  return [
    suggested.identifiers,
    suggested.documents,
    projectGroup(others, query),
    actionGroup(actions, query, suggestions.length === 0),
    suggested.headings,
    moreGroup(projectId, query, { ask: t("ask", { query }), search }),
  ];
}

function useOtherProjects(projectId: number | null) {
  const { data: projects = [] } = useQuery(projectsQuery);
  return projects.filter((each) => each.id !== projectId);
}

/** The value once it has been the same for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
