import { beforeEach, expect, test } from "vitest";
import { applyTheme, languageOf, readPreferences } from "@/shell/preferences";

beforeEach(() => localStorage.clear());

test("nothing, nonsense and unknown values count as not stored", () => {
  expect(readPreferences()).toEqual({ theme: "system", language: null });
  for (const stored of ["", "{", '"dark"', '{"theme":"pink","language":"xx"}', "null"]) {
    localStorage.setItem("bmadflow.preferences", stored);
    expect(readPreferences()).toEqual({ theme: "system", language: null });
  }
});

test("a choice is read back", () => {
  localStorage.setItem("bmadflow.preferences", '{"theme":"dark","language":"fr"}');
  expect(readPreferences()).toEqual({ theme: "dark", language: "fr" });
  expect(languageOf(readPreferences())).toBe("fr");
});

test("the theme stands on the page's root, and the system's choice leaves no trace", () => {
  applyTheme("dark");
  expect(document.documentElement.dataset.theme).toBe("dark");
  applyTheme("system");
  expect(document.documentElement.dataset.theme).toBeUndefined();
});
