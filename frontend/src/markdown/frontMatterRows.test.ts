import { expect, test } from "vitest";
import { countRows, isSimple, simpleText } from "@/markdown/frontMatterRows";

test("lists of words are simple, what holds something else isn't", () => {
  expect([1, null, "a", [1, "b", null], []].map(isSimple)).toEqual([true, true, true, true, true]);
  expect([{ a: 1 }, [{ a: 1 }], [[1]]].map(isSimple)).toEqual([false, false, false]);
});

test("simple values are text", () => {
  expect(simpleText([1, "b", true])).toBe("1, b, true");
  expect(simpleText(null)).toBe("—");
});

test("every simple value takes a row", () => {
  expect(countRows({ a: 1, b: { c: [1, 2], d: [{ e: 1, f: 2 }] } })).toBe(4);
});
