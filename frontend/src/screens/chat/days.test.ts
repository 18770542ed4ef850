import { expect, test } from "vitest";
import { groupByDay } from "@/screens/chat/days";

const at = (...parts: [number, number, number, number, number]) => ({ updated_at: new Date(...parts).toISOString() });

test("groups by the day here, in the order given", () => {
  const now = new Date(2026, 2, 4, 0, 5);
  const items = [at(2026, 2, 4, 0, 1), at(2026, 2, 3, 23, 59), at(2026, 2, 3, 0, 0), at(2026, 1, 28, 12, 0)];
  const groups = groupByDay(items, now);
  expect(groups.map((each) => [each.daysAgo, each.items.length])).toEqual([
    [0, 1],
    [1, 2],
    [4, 1],
  ]);
  expect(groups[2]?.day).toEqual(new Date(2026, 1, 28));
});

test("a day of 23 or 25 hours is a day", () => {
  for (const [month, day] of [
    [2, 29],
    [9, 25],
    [2, 8],
    [10, 1],
  ] as const) {
    const [group] = groupByDay([at(2026, month, day, 12, 0)], new Date(2026, month, day + 1, 12, 0));
    expect(group?.daysAgo).toBe(1);
  }
});

test("nothing is no group", () => {
  expect(groupByDay([], new Date())).toEqual([]);
});
