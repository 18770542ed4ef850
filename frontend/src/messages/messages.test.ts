import { expect, test } from "vitest";
import { en as enFirst } from "@/messages/en";
import { fr as frFirst } from "@/messages/fr";
import { foundTexts } from "@/messages/late/found";
import { historyTexts } from "@/messages/late/history";
import { projectTexts } from "@/messages/late/project";

const en = { ...enFirst, ...foundTexts.en, ...historyTexts.en, ...projectTexts.en };
const fr = { ...frFirst, ...foundTexts.fr, ...historyTexts.fr, ...projectTexts.fr };

type Tree = { [key: string]: string | Tree };

function keys(tree: Tree, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [`${prefix}${key}`] : keys(value, `${prefix}${key}.`),
  );
}

function blanks(tree: Tree): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const walk = (branch: Tree, prefix: string) => {
    for (const [key, value] of Object.entries(branch)) {
      if (typeof value !== "string") walk(value, `${prefix}${key}.`);
      else
        found.set(
          `${prefix}${key}`,
          [...new Set([...value.matchAll(/\{(\w+)[,}]/g)].map((match) => match[1] ?? ""))].sort(),
        );
    }
  };
  walk(tree, "");
  return found;
}

test("French has every message that English has, and no other", () => {
  expect(keys(fr).sort()).toEqual(keys(en).sort());
});

test("both languages fill in the same values", () => {
  const names = new Set(["one", "other", "many", "zero"]);
  const values = (found: Map<string, string[]>) =>
    Object.fromEntries([...found].map(([key, blank]) => [key, blank.filter((name) => !names.has(name))]));
  expect(values(blanks(fr))).toEqual(values(blanks(en)));
});

function texts(tree: Tree): string[] {
  return Object.values(tree).flatMap((value) => (typeof value === "string" ? [value] : texts(value)));
}

test("French has no line that begins with its punctuation, and no straight apostrophe", () => {
  const wrong = /[ \n][:;?!»]|«(?![\u00a0\u202f])|(?<![\u00a0\u202f])»|\p{L}'\p{L}/u;
  expect(texts(fr).filter((text) => wrong.test(text))).toEqual([]);
});

test("French punctuation of two parts stands apart from its word", () => {
  const close = /[\p{L}\d}][;?!](?!\w)|\p{L}:(?![/\p{L}])/u;
  expect(texts(fr).filter((text) => close.test(text))).toEqual([]);
});
