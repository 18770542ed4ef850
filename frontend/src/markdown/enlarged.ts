import { icon } from "@/markdown/icons";

/** The words on the window that shows a diagram enlarged. */
export interface EnlargedLabels {
  close: string;
  zoomIn: string;
  zoomOut: string;
}

const STEP = 1.25;
const SMALLEST = 0.25;
const LARGEST = 8;

/** The zoom after `steps` steps, within its bounds. */
export function zoomedBy(zoom: number, steps: number): number {
  return Math.min(LARGEST, Math.max(SMALLEST, zoom * STEP ** steps));
}

/**
 * Shows an image over the whole window, to be zoomed with the buttons, + and −, and scrolled; Escape closes it, and the
 * signal does when the image's document is left.
 */
export function showEnlarged(image: HTMLImageElement, labels: EnlargedLabels, signal: AbortSignal): void {
  const dialog = document.createElement("dialog");
  dialog.className = "enlarged";
  dialog.setAttribute("role", "dialog"); // the client's own keys rest in dialogs
  dialog.setAttribute("aria-label", image.alt);
  const view = document.createElement("div");
  view.className = "enlarged-view";
  view.tabIndex = 0;
  const shown = image.cloneNode() as HTMLImageElement;
  view.append(shown);
  let zoom = 1;
  const zoomTo = (next: number) => {
    zoom = next;
    shown.style.width = `${Math.round(image.naturalWidth * zoom)}px`;
  };
  const bar = document.createElement("div");
  bar.className = "enlarged-bar";
  const close = button("close", labels.close, () => dialog.close());
  bar.append(
    button("minus", labels.zoomOut, () => zoomTo(zoomedBy(zoom, -1))),
    button("plus", labels.zoomIn, () => zoomTo(zoomedBy(zoom, 1))),
    close,
  );
  dialog.append(bar, view);
  const leave = () => dialog.close();
  signal.addEventListener("abort", leave);
  dialog.addEventListener("close", () => {
    signal.removeEventListener("abort", leave);
    dialog.remove();
  });
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "+" || key === "=") zoomTo(zoomedBy(zoom, 1));
    if (key === "-") zoomTo(zoomedBy(zoom, -1));
  });
  drawWithPointer(view);
  document.body.append(dialog);
  dialog.showModal();
  view.focus();
  zoomTo(fitting(image, view));
}

/** The zoom at which the whole image is seen. */
function fitting(image: HTMLImageElement, view: HTMLElement): number {
  const room = 32;
  const across = (view.clientWidth - room) / Math.max(1, image.naturalWidth);
  const down = (view.clientHeight - room) / Math.max(1, image.naturalHeight);
  return Math.min(2, Math.max(SMALLEST, Math.min(across, down)));
}

function drawWithPointer(view: HTMLElement): void {
  view.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return; // fingers scroll by themselves
    event.preventDefault();
    view.focus();
    view.setPointerCapture(event.pointerId);
  });
  view.addEventListener("pointermove", (event) => {
    if (view.hasPointerCapture(event.pointerId)) view.scrollBy(-event.movementX, -event.movementY);
  });
}

function button(name: "close" | "minus" | "plus", label: string, press: () => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.setAttribute("aria-label", label);
  element.title = label;
  element.append(icon(name));
  element.addEventListener("click", press);
  return element;
}
