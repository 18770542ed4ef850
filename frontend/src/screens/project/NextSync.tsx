import { useFormatter, useTranslations } from "use-intl";
import { presetOf } from "@/screens/project/schedule";

// As in cron, hours are counted to 24.
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

/** A moment in this browser's time, and in UTC, which schedules are written in, where that is another. */
export function BothTimes({ at }: { at: string }) {
  const t = useTranslations("project.schedule");
  const format = useFormatter();
  const date = new Date(at);
  const local = format.dateTime(date, { weekday: "short", ...CLOCK });
  const utc = format.dateTime(date, { ...CLOCK, timeZone: "UTC" });
  return (
    <time dateTime={at} title={format.dateTime(date, { dateStyle: "full", timeStyle: "long" })}>
      {t(date.getTimezoneOffset() === 0 ? "utc" : "both", { local, utc })}
    </time>
  );
}

/** A schedule in words where it has a name, else as it is written. */
export function ScheduleName({ schedule }: { schedule: string }) {
  const t = useTranslations("project.schedule.presets");
  const preset = presetOf(schedule);
  return preset ? t(preset) : <code className="font-mono">{schedule}</code>;
}
