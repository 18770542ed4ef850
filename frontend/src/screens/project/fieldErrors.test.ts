import { expect, test } from "vitest";
import { ApiError } from "@/api/problem";
import { fieldError, formError } from "@/screens/project/fieldErrors";

const invalid = new ApiError(422, {
  detail: "body.branch: is not a name",
  error_code: "VALIDATION_ERROR",
  errors: [{ loc: ["body", "branch"], msg: "is not a name" }],
});

test("the server's words about a field begin like a sentence", () => {
  expect(fieldError(invalid, "branch")).toBe("Is not a name");
  expect(fieldError(invalid, "name")).toBeUndefined();
  expect(fieldError(null, "branch")).toBeUndefined();
});

test("a taken name is said at the name", () => {
  const taken = new ApiError(409, {
    detail: "There is a project named 'Shop' already.",
    error_code: "PROJECT_NAME_TAKEN",
  });
  expect(fieldError(taken, "name")).toBe("There is a project named 'Shop' already.");
  expect(formError(taken, ["name"])).toBeNull();
});

test("what no field shows is left for the form", () => {
  expect(formError(invalid, ["branch"])).toBeNull();
  expect(formError(invalid, ["name"])).toBe(invalid);
  const other = new Error("lost");
  expect(formError(other, ["name"])).toBe(other);
});

test("a key that can't be read is about the key, a credential that doesn't fit about its kind", () => {
  const errors = [{ loc: ["body", "credential"], msg: "It can't." }];
  const unreadable = new ApiError(422, { detail: "It can't.", error_code: "CREDENTIAL_INVALID", errors });
  const misfit = new ApiError(422, { detail: "It can't.", error_code: "CREDENTIAL_DOES_NOT_FIT", errors });
  const said = (error: ApiError) => ["credential", "private_key"].filter((field) => fieldError(error, field));
  expect([said(unreadable), said(misfit)]).toEqual([["private_key"], ["credential"]]);
});
