export type ColorScheme = "light" | "dark";

const DARK = "(prefers-color-scheme: dark)";

/** The scheme that the page is shown in: the user's choice, else the system's. */
export function colorScheme(): ColorScheme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia(DARK).matches ? "dark" : "light";
}

/** Calls `changed` whenever the page's scheme becomes another one, until `signal`. */
export function watchColorScheme(changed: (scheme: ColorScheme) => void, signal: AbortSignal): void {
  let current = colorScheme();
  const look = () => {
    if (colorScheme() === current) return;
    current = colorScheme();
    changed(current);
  };
  matchMedia(DARK).addEventListener("change", look, { signal });
  const observer = new MutationObserver(look);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  signal.addEventListener("abort", () => observer.disconnect());
}
