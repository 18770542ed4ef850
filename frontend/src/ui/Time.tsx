import { useFormatter, useNow } from "use-intl";

/** A moment as people say it ("3 minutes ago"), exact on hover. */
export function Time({ at }: { at: string }) {
  const format = useFormatter();
  const now = useNow({ updateInterval: 30_000 });
  const date = new Date(at); // may be later than the last tick, but isn't in the future
  return (
    <time dateTime={at} title={format.dateTime(date, { dateStyle: "full", timeStyle: "medium" })}>
      {format.relativeTime(date, date > now ? date : now)}
    </time>
  );
}
