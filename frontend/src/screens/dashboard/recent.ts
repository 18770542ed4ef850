import type { DocumentSummary } from "@/api/documents";
import type { Project } from "@/api/projects";

/** The projects that were synced last, newest first. */
export function lastSynced(projects: readonly Project[], count: number): Project[] {
  return projects
    .filter((project) => project.last_synced_at !== null)
    .sort((one, other) => Date.parse(other.last_synced_at ?? "") - Date.parse(one.last_synced_at ?? ""))
    .slice(0, count);
}

/** The documents that changed last among those of several projects. */
export function newestOf(lists: readonly DocumentSummary[][], count: number): DocumentSummary[] {
  return lists
    .flat()
    .sort((one, other) => Date.parse(other.updated_at) - Date.parse(one.updated_at))
    .slice(0, count);
}

/** The projects with all the words in name or description. */
export function matchingProjects(projects: readonly Project[], words: string): Project[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return projects.filter((project) => {
    const text = `${project.name} ${project.description ?? ""}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
