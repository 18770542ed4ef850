import type { Project } from "@/api/projects";

export type StepState = "done" | "current" | "later";

export interface Guide {
  add: StepState;
  watch: StepState;
  ask: StepState;
  /** The first project, once there is one. */
  project: Project | null;
}

/**
 * How far a new hub is, as long as its guide helps: until the first question was asked or a second project is there.
 * Null when it isn't shown. `conversations` is null while the service that knows is down.
 */
export function guideFor(
  projects: readonly Project[],
  conversations: number | null,
  isDismissed: boolean,
): Guide | null {
  const project = projects[0];
  if (!project) return { add: "current", watch: "later", ask: "later", project: null };
  if (projects.length > 1 || isDismissed) return null;
  if (project.last_synced_at === null) return { add: "done", watch: "current", ask: "later", project };
  return conversations === 0 ? { add: "done", watch: "done", ask: "current", project } : null;
}
