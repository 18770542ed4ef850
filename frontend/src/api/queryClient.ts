import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/api/problem";

/**
 * Reads are tried once more when the server or the way to it failed; what the server refused stays refused.
 *
 * A browser that says "offline" is asked all the same: the hub is mostly on this machine or in this house.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      mutations: { networkMode: "always" },
      queries: {
        networkMode: "always",
        staleTime: 15_000,
        retry: (failures, error) =>
          failures < 1 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        retryDelay: 500,
      },
    },
  });
}
