const PAGE = 8;

/** The option that a key leads to from the active one; undefined for keys that don't move. */
export function moved<Option>(key: string, options: Option[], active: Option | undefined): Option | undefined {
  const last = options.length - 1;
  const at = active === undefined ? -1 : options.indexOf(active);
  switch (key) {
    case "ArrowDown":
      return options[at === last ? 0 : at + 1];
    case "ArrowUp":
      return options[at <= 0 ? last : at - 1];
    case "Home":
      return options[0];
    case "End":
      return options[last];
    case "PageDown":
      return options[Math.min(last, at + PAGE)];
    case "PageUp":
      return options[Math.max(0, at - PAGE)];
    default:
      return undefined;
  }
}
