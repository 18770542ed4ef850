import { expect, test } from "vitest";
import { hasFiveParts, nextNight, presetOf } from "@/screens/project/schedule";

test("a schedule is known by its name, however it is spaced", () => {
  expect(presetOf("")).toBe("never");
  expect(presetOf(" */15  * * * * ")).toBe("quarterly");
  expect(presetOf("5 4 * * 1")).toBeNull();
});

test("five parts make a schedule", () => {
  expect([hasFiveParts("0 3 * * 1-5"), hasFiveParts("@daily"), hasFiveParts("* * * * * *")]).toEqual([
    true,
    false,
    false,
  ]);
});

test("the next night is tonight, or tomorrow's when it has begun", () => {
  expect(nextNight(new Date("2026-01-31T01:59:00Z")).toISOString()).toBe("2026-01-31T02:00:00.000Z");
  expect(nextNight(new Date("2026-01-31T02:00:00Z")).toISOString()).toBe("2026-02-01T02:00:00.000Z");
});
