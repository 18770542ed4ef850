/** Schedules that have a name, in cron syntax; times are UTC. */
export const PRESETS = {
  never: "",
  quarterly: "*/15 * * * *",
  hourly: "0 * * * *",
  nightly: "0 2 * * *",
} as const;

export type Preset = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as Preset[];

/** The name of a schedule; null for one without. */
export function presetOf(schedule: string): Preset | null {
  const normal = schedule.trim().split(/\s+/).join(" ");
  return PRESET_NAMES.find((name) => PRESETS[name] === normal) ?? null;
}

/** Whether it has the five parts of a schedule; the server has the last word. */
export function hasFiveParts(schedule: string): boolean {
  return schedule.trim().split(/\s+/).length === 5;
}

/** The next time that a nightly schedule means, for saying it in local time. */
export function nextNight(now: Date): Date {
  const next = new Date(now);
  next.setUTCHours(2, 0, 0, 0);
  if (next <= now) next.setUTCDate(next.getUTCDate() + 1);
  return next;
}
