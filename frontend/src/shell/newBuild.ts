const KEY = "bmadflow.reloadedAt";
const PAUSE_MS = 30_000;

/**
 * Loads the page again when a part of it is gone, which is so after the hub was built anew. Not while someone writes, not
 * when the hub can't be reached, and not a second time soon after: then the screen says what went wrong.
 */
export function reloadForNewBuild(): void {
  window.addEventListener("vite:preloadError", () => {
    if (isWriting() || !mayReload(Date.now())) return;
    const isThere = fetch(location.pathname, { method: "HEAD" }).then(({ ok }) => ok);
    void isThere.then(
      (ok) => ok && location.reload(),
      () => undefined,
    );
  });
}

/** Whether the last time (milliseconds since 1970) is long ago; notes `now` as the last time if so. */
export function mayReload(now: number): boolean {
  try {
    if (now - Number(sessionStorage.getItem(KEY) ?? 0) < PAUSE_MS) return false;
    sessionStorage.setItem(KEY, String(now));
    return true;
  } catch {
    return false; // a browser that stores nothing would reload for ever
  }
}

function isWriting(): boolean {
  const focused = document.activeElement;
  const isField = focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement;
  return isField && focused.value !== "";
}
