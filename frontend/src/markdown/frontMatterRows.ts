/** Whether a value of front matter is shown on one line. */
export function isSimple(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((each) => typeof each !== "object" || each === null);
  return typeof value !== "object" || value === null;
}

/** A simple value as text. */
export function simpleText(value: unknown): string {
  if (Array.isArray(value)) return value.map(simpleText).join(", ");
  return value === null || value === undefined ? "—" : String(value);
}

/** How many lines the values take, to know whether to fold them. */
export function countRows(value: unknown): number {
  if (isSimple(value)) return 1;
  return Object.values(value as object).reduce((sum: number, each) => sum + countRows(each), 0);
}
