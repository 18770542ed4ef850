import type { NavigateOptions } from "@tanstack/react-router";
import { FileText, FolderGit2, MessageSquare, Search } from "lucide-react";
import type { ReactNode } from "react";
import type { Project } from "@/api/projects";
import type { Suggestion } from "@/api/suggest";
import { toDocument } from "@/shell/links";
import { namesIdentifier, partsOf, rankByLabel, WELL, wordRanges } from "@/shell/paletteMatching";
import { HeadingDetail, type PaletteAction, PathDetail } from "@/shell/paletteParts";
import type { RecentDocument } from "@/shell/recentDocuments";
import type { ShortcutId } from "@/shell/shortcutList";
import { KindIcon } from "@/ui/KindIcon";
import type { TextPart } from "@/ui/Marked";

type SuggestionGroup = "identifiers" | "documents" | "headings";
type GroupName = SuggestionGroup | "recent" | "projects" | "actions" | "more";

export interface PaletteOption {
  id: string;
  icon: ReactNode;
  label: TextPart[];
  /** A second line: where it is. */
  detail?: ReactNode;
  /** Its identifier, or the name of its project. */
  note?: string | null;
  status?: string | null;
  /** What does the same without the palette. */
  shortcut?: ShortcutId;
  destination?: NavigateOptions;
  run?: () => void;
}

export interface PaletteGroup {
  name: GroupName;
  options: PaletteOption[];
}

const ICON = "size-4 shrink-0 text-muted";
const MOST_PROJECTS = 4;
const MOST_ACTIONS = 4;
/** How many documents or headings there are while both want their place. */
const SHARE = 6;

/** What the server suggests, in the groups that it is shown in; the order within a group is nearly always the server's. */
export function suggestionGroups(
  suggestions: Suggestion[],
  query: string,
  nameOf: (projectId: number) => string | null,
): Record<SuggestionGroup, PaletteGroup> {
  const found: Record<SuggestionGroup, PaletteOption[]> = { identifiers: [], documents: [], headings: [] };
  // "Story 3.2" means what is called so rather than what belongs to it, such as its gate.
  const isCalledSo = ({ heading, title }: Suggestion) => namesIdentifier(query, null, heading ?? title);
  const ordered = [...suggestions.filter(isCalledSo), ...suggestions.filter((each) => !isCalledSo(each))];
  for (const each of ordered) found[groupOf(each, query)].push(suggestionOption(each, query, nameOf));
  const room = (other: PaletteOption[]) => SHARE + Math.max(0, SHARE - other.length);
  return {
    identifiers: { name: "identifiers", options: found.identifiers },
    documents: { name: "documents", options: found.documents.slice(0, room(found.headings)) },
    headings: { name: "headings", options: found.headings.slice(0, room(found.documents)) },
  };
}

function groupOf(suggestion: Suggestion, query: string): SuggestionGroup {
  const { artifact_id, heading, title, type } = suggestion;
  if (namesIdentifier(query, type === "document" ? artifact_id : null, heading ?? title)) return "identifiers";
  return type === "document" ? "documents" : "headings";
}

function suggestionOption(
  suggestion: Suggestion,
  query: string,
  nameOf: (projectId: number) => string | null,
): PaletteOption {
  const { project_id, document_id, source_id, path, title, heading, anchor, line } = suggestion;
  const label = heading ?? title;
  return {
    id: `${suggestion.type}-${document_id}-${line}-${anchor}`,
    icon: <KindIcon kind={suggestion.kind} />,
    label: partsOf(label, wordRanges(label, query)),
    detail:
      heading === null ? (
        <PathDetail path={path} query={query} />
      ) : (
        <HeadingDetail title={title} path={path} query={query} />
      ),
    note: nameOf(project_id) ?? (heading === null ? suggestion.artifact_id : null),
    status: heading === null ? suggestion.status : null,
    destination: toDocument({ projectId: project_id, sourceId: source_id, path, anchor }),
  };
}

export function recentGroup(projectId: number, documents: RecentDocument[]): PaletteGroup {
  const options = documents.map(({ sourceId, path, title }): PaletteOption => {
    return {
      id: `recent-${sourceId}-${path}`,
      icon: <FileText aria-hidden className={ICON} />,
      label: partsOf(title, []),
      detail: <PathDetail path={path} query="" />,
      destination: toDocument({ projectId, sourceId, path }),
    };
  });
  return { name: "recent", options };
}

export function projectGroup(projects: Project[], query: string, most = MOST_PROJECTS): PaletteGroup {
  const ranked = rankByLabel(
    projects.map((project) => ({ label: project.name, project })),
    query,
  );
  const options = ranked.slice(0, most).map(
    ({ item, match }): PaletteOption => ({
      id: `project-${item.project.id}`,
      icon: <FolderGit2 aria-hidden className={ICON} />,
      label: partsOf(item.label, match.ranges),
      destination: { to: "/projects/$projectId", params: { projectId: item.project.id } },
    }),
  );
  return { name: "projects", options };
}

/** All actions that fit; beside other results only those that fit well, and few. */
export function actionGroup(actions: PaletteAction[], query: string, isAlone: boolean): PaletteGroup {
  const options = rankByLabel(actions, query)
    .filter(({ match }) => isAlone || match.score >= WELL)
    .slice(0, isAlone ? actions.length : MOST_ACTIONS)
    .map(
      ({ item: { id, icon: Icon, label, shortcut, destination, run }, match }): PaletteOption => ({
        id: `action-${id}`,
        icon: <Icon aria-hidden className={ICON} />,
        label: partsOf(label, match.ranges),
        ...(shortcut && { shortcut }),
        ...(destination && { destination }),
        ...(run && { run }),
      }),
    );
  return { name: "actions", options };
}

interface MoreTexts {
  ask: string;
  search: string;
}

/** What can be done with any words: search, and ask the project's chat; always the last entries. */
export function moreGroup(projectId: number | null, query: string, texts: MoreTexts): PaletteGroup {
  const search: PaletteOption = {
    id: "search",
    icon: <Search aria-hidden className={ICON} />,
    label: partsOf(texts.search, []),
    destination: searchDestination(projectId, query),
  };
  if (projectId === null) return { name: "more", options: [search] };
  const ask: PaletteOption = {
    id: "ask",
    icon: <MessageSquare aria-hidden className={ICON} />,
    label: partsOf(texts.ask, []),
    run: () => handOver(projectId, query),
    destination: { to: "/projects/$projectId/chat", params: { projectId } },
  };
  return { name: "more", options: [search, ask] };
}

export function searchDestination(projectId: number | null, query: string): NavigateOptions {
  const search = query ? { q: query } : {};
  return projectId === null
    ? { to: "/search", search }
    : { to: "/projects/$projectId/search", params: { projectId }, search };
}

/** Leaves a question for the chat to find. */
function handOver(projectId: number, question: string): void {
  try {
    sessionStorage.setItem(`bmadflow.ask.${projectId}`, question);
  } catch {
    // A browser that stores nothing opens the chat without the question.
  }
}
