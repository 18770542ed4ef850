import createClient from "openapi-fetch";
import { ApiError, toApiError } from "@/api/problem";
import type { components, paths } from "@/api/schema";

export type Schemas = components["schemas"];

/** The gateway's API, typed by its OpenAPI document. Wrap each call in `unwrap`. */
export const api = createClient<paths>({ baseUrl: globalThis.location.origin });

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The data of an answer. Throws ApiError for anything else, also when the server can't be reached. */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const answer = await call.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw unreachable(cause);
  });
  if (!answer.response.ok) throw toApiError(answer.response.status, answer.error);
  return answer.data as Data;
}

/** The error for a request that got no answer at all. */
export function unreachable(cause: unknown): ApiError {
  const detail = "The hub can't be reached. Check that BMADFlow is running, then try again.";
  const error = new ApiError(0, { detail, error_code: "HUB_UNREACHABLE" });
  error.cause = cause;
  return error;
}
