const KEPT = 8;

export interface RecentDocument {
  sourceId: number;
  path: string;
  title: string;
}

const keyOf = (projectId: number) => `bmadflow.recent.${projectId}`;

/** The documents of a project that were opened last in this browser, newest first. */
export function recentDocuments(projectId: number): RecentDocument[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf(projectId)) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isRecentDocument).slice(0, KEPT) : [];
  } catch {
    return []; // nothing can be stored, or somebody stored something else
  }
}

/** Puts a document at the head of those opened last. */
export function noteDocument(projectId: number, opened: RecentDocument): void {
  const others = recentDocuments(projectId).filter((each) => !isSame(each, opened));
  try {
    localStorage.setItem(keyOf(projectId), JSON.stringify([opened, ...others].slice(0, KEPT)));
  } catch {
    // A browser that stores nothing has no recent documents.
  }
}

function isSame(one: RecentDocument, other: RecentDocument): boolean {
  return one.sourceId === other.sourceId && one.path === other.path;
}

function isRecentDocument(value: unknown): value is RecentDocument {
  if (typeof value !== "object" || value === null) return false;
  const { sourceId, path, title } = value as Partial<RecentDocument>;
  return typeof sourceId === "number" && typeof path === "string" && typeof title === "string";
}
