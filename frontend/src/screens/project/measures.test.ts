import { describe, expect, test } from "vitest";
import { durationParts, formatBytes, formatDuration, formatRate, formatRemaining } from "@/screens/project/measures";

/** Intl writes spaces that don't break; which ones is not ours to test. */
function plain(text: string): string {
  return text.replaceAll(/[\u00a0\u202f]/g, " ");
}

describe("a length of time", () => {
  test.each([
    [-3, [[0, "second"]]],
    [0.44, [[0.4, "second"]]],
    [9.97, [[10, "second"]]],
    [59.4, [[59, "second"]]],
    [59.6, [[1, "minute"]]],
    [
      139,
      [
        [2, "minute"],
        [19, "second"],
      ],
    ],
    [3599.7, [[1, "hour"]]],
    [
      3600 + 29 * 60 + 40,
      [
        [1, "hour"],
        [30, "minute"],
      ],
    ],
    [86_399, [[1, "day"]]],
    [
      90_000,
      [
        [1, "day"],
        [1, "hour"],
      ],
    ],
  ])("%d seconds", (seconds, parts) => {
    expect(durationParts(seconds)).toEqual(parts);
  });

  test("is written in the reader's language", () => {
    expect(plain(formatDuration(139, "en"))).toBe("2m 19s");
    expect(plain(formatDuration(2.5, "fr"))).toBe("2,5s");
  });
});

test("what remains is rounded up to steps that grow", () => {
  expect([0, 7.2, 31, 100, 4000].map((seconds) => plain(formatRemaining(seconds, "en")))).toEqual([
    "1s",
    "8s",
    "35s",
    "1m 45s",
    "1h 7m",
  ]);
});

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1 kB"],
  [12_345, "12 kB"],
  [999_600, "1 MB"],
  [1_250_000, "1.3 MB"],
  [5_000_000_000_000, "5,000 GB"],
])("%d bytes", (bytes, text) => {
  expect(plain(formatBytes(bytes, "en"))).toBe(text);
});

test("rates have a tenth where they are small", () => {
  expect([0.25, 9.96, 12.4].map((rate) => formatRate(rate, "en"))).toEqual(["0.3", "10", "12"]);
});
