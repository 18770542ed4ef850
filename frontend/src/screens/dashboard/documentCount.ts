import type { Dashboard } from "@/api/hub";

/** How many documents a project holds; null as long as that isn't known. */
export function documentCount(dashboard: Dashboard | undefined, projectId: number): number | null {
  const counts = dashboard?.by_project;
  return counts ? (counts.find((each) => each.project_id === projectId)?.documents ?? 0) : null;
}
