import type { Kind, SearchRequest, Status } from "@/api/documents";
import type { SearchParams } from "@/router";

export type Mode = NonNullable<SearchRequest["mode"]>;
export const MODES: readonly Mode[] = ["hybrid", "semantic", "keyword"];

/** Every kind, those that are searched for most first. */
export const KINDS = [
  "prd",
  "architecture",
  "epic",
  "story",
  "ux",
  "brief",
  "spec",
  "tech_spec",
  "build_spec",
  "story_context",
  "qa_gate",
  "qa_assessment",
  "research",
  "brainstorming",
  "retrospective",
  "change_proposal",
  "readiness",
  "review",
  "project_context",
  "deferred_work",
  "sprint_status",
  "workflow_status",
  "stories_manifest",
  "memlog",
  "config",
  "bmad_other",
  "framework",
  "doc",
  "data",
  "asset",
] as const satisfies readonly Kind[];

/** Every state of a document, in the order in which work goes on. */
export const STATUSES = [
  "backlog",
  "draft",
  "ready",
  "in_progress",
  "review",
  "done",
  "blocked",
  "dropped",
  "unknown",
] as const satisfies readonly Status[];

const EPIC = /^\d{1,6}([.-]\d{1,6})?[a-z]?$/i;

/** Whether this can be an epic's number. Nothing can: it means any epic. */
export const isEpic = (text: string): boolean => text.trim() === "" || EPIC.test(text.trim());

/** What is searched for, and where. */
export interface Filters {
  query: string;
  kinds: Kind[];
  status: Status | null;
  epic: string;
  sourceId: number | null;
  projectId: number | null;
  mode: Mode;
  pathPrefix: string;
  includesFramework: boolean;
}

export const NO_FILTERS: Omit<Filters, "query"> = {
  kinds: [],
  status: null,
  epic: "",
  sourceId: null,
  projectId: null,
  mode: "hybrid",
  pathPrefix: "",
  includesFramework: false,
};

/** The filters that an address asks for; what makes no sense in it counts as not there. */
export function readFilters(params: SearchParams): Filters {
  const kinds = params.kind?.split(",") ?? [];
  return {
    query: params.q ?? "",
    kinds: KINDS.filter((kind) => kinds.includes(kind)),
    status: STATUSES.find((status) => status === params.status) ?? null,
    epic: params.epic ?? "",
    sourceId: idOf(params.source),
    projectId: idOf(params.project),
    mode: MODES.find((mode) => mode === params.mode) ?? "hybrid",
    pathPrefix: params.path ?? "",
    includesFramework: params.framework === "1",
  };
}

/** The address's part for the filters; what says nothing is left out. */
export function toParams(filters: Filters): SearchParams {
  return {
    ...(filters.query.trim() && { q: filters.query.trim() }),
    ...(filters.kinds.length > 0 && { kind: filters.kinds.join(",") }),
    ...(filters.status !== null && { status: filters.status }),
    ...(filters.epic.trim() && { epic: filters.epic.trim() }),
    ...(filters.sourceId !== null && { source: String(filters.sourceId) }),
    ...(filters.projectId !== null && { project: String(filters.projectId) }),
    ...(filters.mode !== "hybrid" && { mode: filters.mode }),
    ...(filters.pathPrefix.trim() && { path: filters.pathPrefix.trim() }),
    ...(filters.includesFramework && { framework: "1" }),
  };
}

/** The request for the filters. Which project is not part of it: that is in the address that it is sent to. */
export function toRequest(filters: Filters, limit: number): SearchRequest {
  return {
    query: filters.query.trim().slice(0, 1000),
    limit,
    mode: filters.mode,
    kinds: filters.kinds.length > 0 ? filters.kinds : null,
    statuses: filters.status === null ? null : [filters.status],
    epics: filters.epic.trim() && isEpic(filters.epic) ? [filters.epic.trim()] : null,
    source_ids: filters.sourceId === null ? null : [filters.sourceId],
    path_prefix: filters.pathPrefix.trim() || null,
    include_framework: filters.includesFramework,
  };
}

/** How many filters narrow the search. */
export function countNarrowing(filters: Filters): number {
  const { kinds, status, epic, sourceId, projectId, pathPrefix } = filters;
  const narrowing = [kinds.length > 0, status, epic.trim(), sourceId !== null, projectId !== null, pathPrefix.trim()];
  return narrowing.filter(Boolean).length;
}

export function withoutNarrowing(filters: Filters): Filters {
  const { mode, includesFramework, query } = filters;
  return { ...NO_FILTERS, mode, includesFramework, query };
}

/** The words without quotation marks, so that they need not follow each other. */
export const withoutPhrases = (query: string): string =>
  query
    .replaceAll(/["“”«»]/g, " ")
    .replaceAll(/ +/g, " ")
    .trim();

/** The words without those that are to be left out. */
export const withoutExclusions = (query: string): string =>
  query.replaceAll(/(^|\s)[-−](?:"[^"]*"|“[^”]*”|«[^»]*»|\p{L}\S+)/gu, "$1").trim();

function idOf(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}
