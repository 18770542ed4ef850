/**
 * Makes regions that are wider than their place reachable by keyboard, to be scrolled, under the name they are given.
 * One that hasn't been laid out yet counts as too wide.
 */
export function createOverflowWatch(signal: AbortSignal): (element: HTMLElement, name: string) => void {
  const names = new WeakMap<Element, string>();
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) update(target as HTMLElement, names.get(target) ?? "");
  });
  signal.addEventListener("abort", () => observer.disconnect());
  return (element, name) => {
    names.set(element, name);
    makeReachable(element, name);
    observer.observe(element);
  };
}

function update(element: HTMLElement, name: string): void {
  if (element.scrollWidth > element.clientWidth + 1) makeReachable(element, name);
  else if (element !== document.activeElement) {
    for (const attribute of ["tabindex", "role", "aria-label"]) element.removeAttribute(attribute);
  }
}

function makeReachable(element: HTMLElement, name: string): void {
  element.tabIndex = 0;
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", name);
}
