import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "@/api/client";
import { projectKey } from "@/api/projects";

export type Suggestion = Schemas["Suggestion"];

const LIMIT = 16;

/** What fits the words typed so far, in one project or in all (`projectId` null); best first. */
export const suggestQuery = (projectId: number | null, typed: string) =>
  queryOptions({
    queryKey: projectId === null ? ["suggest", typed] : [...projectKey(projectId), "suggest", typed],
    queryFn: async ({ signal }) => {
      const query = { q: typed, limit: LIMIT };
      const answer =
        projectId === null
          ? await unwrap(api.GET("/api/suggest", { params: { query }, signal }))
          : await unwrap(
              api.GET("/api/projects/{project_id}/suggest", {
                params: { path: { project_id: projectId }, query },
                signal,
              }),
            );
      return answer.items;
    },
    enabled: typed !== "",
    gcTime: 60_000, // one entry for every few letters typed
    placeholderData: keepPreviousData,
  });
