import { ApiError } from "@/api/problem";

/** Refusals of which the code says best which field they are about. */
const FIELD_OF_CODE: [code: RegExp, field: string][] = [
  [/_NAME_TAKEN$/, "name"],
  [/^CREDENTIAL_INVALID$/, "private_key"],
  [/^CREDENTIAL(S_NOT_CONFIGURED|_DOES_NOT_FIT)$/, "credential"],
];

/** What the server says of one field, as a sentence; undefined if it says nothing of it. */
export function fieldError(error: Error | null, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const named = FIELD_OF_CODE.find(([code]) => code.test(error.code));
  if (named) return named[1] === field ? error.message : undefined;
  const message = error.fieldMessage(field);
  return message && message.charAt(0).toUpperCase() + message.slice(1);
}

/** The error, if none of the fields shows it. */
export function formError(error: Error | null, fields: readonly string[]): Error | null {
  return error && fields.every((field) => fieldError(error, field) === undefined) ? error : null;
}
