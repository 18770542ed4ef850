/** What a hit's link carries, so that the arrow keys find it. */
export const HIT = { "data-hit": "" } as const;

function hitsIn(content: HTMLElement | null): HTMLElement[] {
  return content ? [...content.querySelectorAll<HTMLElement>("[data-hit]")] : [];
}

export function focusHit(content: HTMLElement | null, position: number): void {
  hitsIn(content)[position]?.focus();
}

/** Moves the focus from the field into the hits, between them and back. Whether the key did that. */
export function moveBetweenHits(content: HTMLElement | null, field: HTMLElement | null, key: string): boolean {
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  const stops = [field, ...hitsIn(content)];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  const next = step === undefined || at < 0 ? null : stops[at + step];
  next?.focus();
  return Boolean(next);
}
