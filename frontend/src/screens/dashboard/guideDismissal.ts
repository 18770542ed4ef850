const KEY = "bmadflow.guide.dismissed";

/** Whether the first run's guide was put away in this browser. */
export function isGuideDismissed(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

/** Has the guide stay away. */
export function dismissGuide(): void {
  try {
    localStorage.setItem(KEY, "yes");
  } catch {
    // In a browser that stores nothing it is away until the page is loaded again.
  }
}
