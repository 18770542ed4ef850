import { queryOptions } from "@tanstack/react-query";
import { api, type Schemas, unwrap } from "@/api/client";

export type Health = Schemas["GatewayHealth"];
export type Dashboard = Omit<Schemas["Dashboard"], "recent_syncs"> & {
  recent_syncs: Schemas["SyncRunResponse"][] | null;
};

export const dashboardQuery = queryOptions({
  queryKey: ["dashboard"],
  queryFn: async ({ signal }) => (await unwrap(api.GET("/api/dashboard", { signal }))) as unknown as Dashboard,
});

/** The health document comes with 503 when nothing is ready, which is an answer too. */
export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: async ({ signal }): Promise<Health> => {
    const { data, error, response } = await api.GET("/api/health", { signal });
    return data ?? (await unwrap(Promise.resolve({ data: error as unknown as Health, response: okLike(response) })));
  },
});

function okLike(response: Response): Response {
  return response.status === 503 ? new Response(null, { status: 200 }) : response;
}
