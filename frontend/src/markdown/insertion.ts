type Build = () => HTMLElement;

const FIRST_SCREEN = 1_600;
const SLICE_MS = 8;
const LONGEST_WAIT_MS = 60;

/**
 * Puts the parts of a long document into `container`: the first screen at once, the rest while the browser is idle, so
 * that no task is long. `data-complete` on the container says that all are there.
 */
export function insertParts(container: HTMLElement, builds: readonly Build[], signal: AbortSignal): void {
  let next = 0;
  let height = 0;
  const insertNext = (): number => {
    const element = builds[next]?.();
    next += 1;
    if (element) container.append(element);
    return Number(element?.dataset.height ?? 0);
  };
  delete container.dataset.complete;
  container.replaceChildren();
  while (next < builds.length && height < FIRST_SCREEN) height += insertNext();
  const slice = () => {
    if (signal.aborted) return;
    const end = performance.now() + SLICE_MS;
    while (next < builds.length && performance.now() < end) insertNext();
    if (next < builds.length) whenIdle(slice);
    else container.dataset.complete = "";
  };
  if (next < builds.length) whenIdle(slice);
  else container.dataset.complete = "";
}

/** What `find` gives as soon as it gives something; null once all parts are there without it, or on `signal`. */
export function whenInserted<Found>(
  container: HTMLElement,
  find: () => Found | null,
  signal: AbortSignal,
): Promise<Found | null> {
  return new Promise((resolve) => {
    const look = () => {
      const found = find();
      if (found === null && container.dataset.complete === undefined && !signal.aborted) return;
      observer.disconnect();
      resolve(signal.aborted ? null : found);
    };
    const observer = new MutationObserver(look);
    observer.observe(container, { childList: true, attributes: true, attributeFilter: ["data-complete"] });
    signal.addEventListener("abort", look, { once: true });
    look();
  });
}

function whenIdle(run: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(run, { timeout: LONGEST_WAIT_MS });
  else setTimeout(run, 0); // Safari
}
