import { ApiError } from "@/api/problem";

/** What the server says of one field, as a sentence; undefined if it says nothing of it. */
export function fieldError(error: Error | null, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (field === "name" && error.code.endsWith("_NAME_TAKEN")) return error.message;
  const message = error.fieldMessage(field);
  return message && message.charAt(0).toUpperCase() + message.slice(1);
}

/** The error, if none of the fields shows it. */
export function formError(error: Error | null, fields: readonly string[]): Error | null {
  return error && fields.every((field) => fieldError(error, field) === undefined) ? error : null;
}
