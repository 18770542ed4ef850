/** Makes regions that are wider than their place reachable by keyboard (to be scrolled), under the name they are given. */
export function createOverflowWatch(signal: AbortSignal): (element: HTMLElement, name: string) => void {
  const names = new WeakMap<Element, string>();
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) update(target as HTMLElement, names.get(target) ?? "");
  });
  signal.addEventListener("abort", () => observer.disconnect());
  return (element, name) => {
    names.set(element, name);
    observer.observe(element);
  };
}

function update(element: HTMLElement, name: string): void {
  if (element.scrollWidth > element.clientWidth + 1) {
    element.tabIndex = 0;
    element.setAttribute("role", "region");
    element.setAttribute("aria-label", name);
  } else {
    for (const attribute of ["tabindex", "role", "aria-label"]) element.removeAttribute(attribute);
  }
}
