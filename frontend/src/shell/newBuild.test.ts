import { afterEach, expect, test, vi } from "vitest";
import { mayReload, reloadForNewBuild } from "@/shell/newBuild";

afterEach(() => {
  sessionStorage.clear();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("one reload, and another only after a while", () => {
  expect(mayReload(1_000_000)).toBe(true);
  expect(mayReload(1_001_000)).toBe(false);
  expect(mayReload(1_029_999)).toBe(false);
  expect(mayReload(1_030_000)).toBe(true);
});

test("a part that is gone reloads once, only from a hub that is there, and never what is being written", async () => {
  const reload = vi.spyOn(location, "reload").mockImplementation(() => undefined);
  const ask = vi.fn(async () => new Response(null, { status: 503 }));
  vi.stubGlobal("fetch", ask);
  const lose = async () => {
    window.dispatchEvent(new Event("vite:preloadError"));
    await Promise.all(ask.mock.results.map((each) => each.value));
    await Promise.resolve();
    await Promise.resolve();
  };
  reloadForNewBuild();

  document.body.innerHTML = "<textarea>a question</textarea>";
  document.querySelector("textarea")?.focus();
  await lose();
  expect(ask).not.toHaveBeenCalled();

  document.body.replaceChildren();
  await lose();
  expect(ask).toHaveBeenCalledOnce();
  expect(reload).not.toHaveBeenCalled();

  sessionStorage.clear();
  ask.mockImplementation(async () => new Response(null, { status: 200 }));
  await lose();
  await lose();
  expect(reload).toHaveBeenCalledOnce();
});
