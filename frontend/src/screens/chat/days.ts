export interface DayGroup<Item> {
  /** The beginning of the day here. */
  day: Date;
  /** How many days ago it began; 0 is today. */
  daysAgo: number;
  items: Item[];
}

/** Groups what comes newest first by the day (of this place) on which it was last used. */
export function groupByDay<Item extends { updated_at: string }>(items: Item[], now: Date): DayGroup<Item>[] {
  const groups: DayGroup<Item>[] = [];
  for (const item of items) {
    const day = startOfDay(new Date(item.updated_at));
    const last = groups.at(-1);
    if (last?.day.getTime() === day.getTime()) last.items.push(item);
    else groups.push({ day, daysAgo: daysBetween(day, startOfDay(now)), items: [item] });
  }
  return groups;
}

function startOfDay(moment: Date): Date {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
}

/** Days aren't all 24 hours long, but they are closer to that than to any other number of days. */
function daysBetween(earlier: Date, later: Date): number {
  return Math.round((later.getTime() - earlier.getTime()) / 86_400_000);
}
