/** One field of a payload that the server refused. */
export interface FieldProblem {
  loc: (string | number)[];
  msg: string;
}

interface ProblemBody {
  detail: string;
  error_code: string;
  request_id?: string;
  errors?: FieldProblem[];
}

/**
 * The server said no, or could not be reached. `message` is the server's sentence for people; where it gave none, it is
 * for the console, and screens say what the code means (`useErrorSentence`).
 */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly fields: FieldProblem[];

  constructor(status: number, body: ProblemBody) {
    super(body.detail);
    this.name = "ApiError";
    this.status = status;
    this.code = body.error_code;
    this.requestId = body.request_id;
    this.fields = body.errors ?? [];
  }

  /** What the server says of one field of the payload, if anything. */
  fieldMessage(name: string): string | undefined {
    return this.fields.find((each) => each.loc.at(-1) === name)?.msg;
  }
}

/** A problem document of the server, or whatever came instead, as an error. */
export function toApiError(status: number, body: unknown): ApiError {
  if (isProblem(body)) return new ApiError(status, body);
  return new ApiError(status, { detail: `The server answered ${status}.`, error_code: `HTTP_${status}` });
}

/** Whether what was asked for isn't there (any more). */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

function isProblem(body: unknown): body is ProblemBody {
  return typeof body === "object" && body !== null && "detail" in body && "error_code" in body;
}
