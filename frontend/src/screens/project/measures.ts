type Unit = "byte" | "kilobyte" | "megabyte" | "gigabyte" | "second" | "minute" | "hour" | "day";
type Part = [value: number, unit: Unit];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SHORT = 10; // seconds below which a tenth matters

/** A length of time in its one or two largest units ("2m 19s"). */
export function formatDuration(seconds: number, locale: string): string {
  return durationParts(seconds)
    .map((part) => formatPart(part, locale))
    .join(" ");
}

/** What a length of time is made of: tenths of seconds only below ten seconds, never more than two units. */
export function durationParts(seconds: number): Part[] {
  const tenths = Math.round(Math.max(0, seconds) * 10) / 10;
  if (tenths < SHORT) return [[tenths, "second"]];
  const whole = Math.round(seconds);
  if (whole < MINUTE) return [[whole, "second"]];
  if (whole < HOUR) return pair(whole, MINUTE, "minute", 1, "second");
  const minutes = Math.round(seconds / MINUTE) * MINUTE;
  if (minutes < DAY) return pair(minutes, HOUR, "hour", MINUTE, "minute");
  return pair(Math.round(seconds / HOUR) * HOUR, DAY, "day", HOUR, "hour");
}

function pair(seconds: number, large: number, largeUnit: Unit, small: number, smallUnit: Unit): Part[] {
  const rest = Math.floor((seconds % large) / small);
  const first: Part = [Math.floor(seconds / large), largeUnit];
  return rest > 0 ? [first, [rest, smallUnit]] : [first];
}

/** A time that is still to pass, without the false precision that would make it jump with every step. */
export function formatRemaining(seconds: number, locale: string): string {
  const step = seconds < 20 ? 1 : seconds < MINUTE ? 5 : seconds < 10 * MINUTE ? 15 : MINUTE;
  return formatDuration(Math.max(1, Math.ceil(seconds / step) * step), locale);
}

/** A size in the unit that fits ("1.2 MB"; a kilobyte is 1,000 bytes). */
export function formatBytes(bytes: number, locale: string): string {
  const units: Unit[] = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = bytes < 999.5 ? 0 : Math.min(3, Math.floor(Math.log10(bytes * 1.0005) / 3));
  const unit = units[power] ?? "byte";
  return formatUnit(bytes / 1000 ** power, unit, unit === "byte" ? "long" : "short", locale);
}

/** How many a second, with a tenth where there are few. */
export function formatRate(perSecond: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: perSecond < 10 ? 1 : 0 }).format(perSecond);
}

function formatPart([value, unit]: Part, locale: string): string {
  return formatUnit(value, unit, "narrow", locale);
}

function formatUnit(value: number, unit: Unit, unitDisplay: "long" | "short" | "narrow", locale: string): string {
  const maximumFractionDigits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits }).format(value);
}
