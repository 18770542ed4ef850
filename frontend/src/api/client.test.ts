import { expect, test } from "vitest";
import { unwrap } from "@/api/client";
import { ApiError, toApiError } from "@/api/problem";

test("data comes through", async () => {
  expect(await unwrap(Promise.resolve({ data: { id: 1 }, response: new Response("{}") }))).toEqual({ id: 1 });
});

test("a problem becomes an error with the server's sentence, code and fields", async () => {
  const body = {
    detail: "The name is taken.",
    error_code: "PROJECT_NAME_TAKEN",
    request_id: "r1",
    errors: [{ loc: ["body", "name"], msg: "taken", type: "value_error" }],
  };
  const call = unwrap(Promise.resolve({ error: body, response: new Response("{}", { status: 409 }) }));
  const error = await call.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 409,
    code: "PROJECT_NAME_TAKEN",
    requestId: "r1",
    message: "The name is taken.",
  });
  expect((error as ApiError).fieldMessage("name")).toBe("taken");
  expect((error as ApiError).fieldMessage("repo_url")).toBeUndefined();
});

test("an answer that is no problem document still says its status", () => {
  expect(toApiError(502, "<html>")).toMatchObject({ status: 502, code: "HTTP_502" });
});

test("no answer at all says that the hub can't be reached, and a request given up stays given up", async () => {
  await expect(unwrap(Promise.reject(new TypeError("fetch failed")))).rejects.toMatchObject({
    status: 0,
    code: "HUB_UNREACHABLE",
  });
  await expect(unwrap(Promise.reject(new DOMException("", "AbortError")))).rejects.toMatchObject({
    name: "AbortError",
  });
});
