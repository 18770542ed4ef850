import type { ColorScheme } from "@/markdown/colorScheme";

/** What the diagram page is asked, and what it answers. */
export interface DiagramRequest {
  id: number;
  source: string;
  scheme: ColorScheme;
}
export type DiagramAnswer =
  | { type: "ready" }
  | { type: "drawn"; id: number; svg: string }
  | { type: "failed"; id: number; message: string };

const TIMEOUT_MS = 10_000;
// As built, the page is of no origin, and by that in a process of its own: one that hangs is closed. The dev server gives
// its modules to its own origin only.
const IS_SANDBOXED = import.meta.env.PROD;
const FRAME_ORIGIN = IS_SANDBOXED ? "null" : location.origin;
let frame: { element: HTMLIFrameElement; ready: Promise<Window> } | null = null;
let queue: Promise<unknown> = Promise.resolve();
let lastId = 0;

/**
 * Draws Mermaid source as SVG, in a hidden page with a policy of its own: one after the other, at most ten seconds each.
 * Throws with the parser's message.
 */
export function drawDiagram(source: string, scheme: ColorScheme): Promise<string> {
  const drawn = queue.then(() => ask(source, scheme));
  queue = drawn.catch(() => undefined);
  return drawn;
}

async function ask(source: string, scheme: ColorScheme): Promise<string> {
  lastId += 1;
  const request: DiagramRequest = { id: lastId, source, scheme };
  frame ??= openFrame();
  try {
    return await withinTime(frame.ready.then((page) => exchange(page, request)));
  } catch (cause) {
    if (cause instanceof TimeoutError) closeFrame();
    throw cause;
  }
}

function openFrame() {
  const element = document.createElement("iframe");
  element.className = "diagram-frame";
  element.tabIndex = -1;
  element.title = "Mermaid";
  element.setAttribute("aria-hidden", "true");
  if (IS_SANDBOXED) element.setAttribute("sandbox", "allow-scripts");
  element.src = "/diagram";
  document.body.append(element);
  const ready = new Promise<Window>((resolve) => {
    listen(element, (answer, page, done) => {
      if (answer.type !== "ready") return;
      done();
      resolve(page);
    });
  });
  return { element, ready };
}

function closeFrame(): void {
  frame?.element.remove();
  frame = null;
}

function exchange(page: Window, request: DiagramRequest): Promise<string> {
  const element = frame?.element;
  return new Promise((resolve, reject) => {
    if (!element) return reject(new TimeoutError());
    listen(element, (answer, _, done) => {
      if (answer.type === "ready" || answer.id !== request.id) return;
      done();
      if (answer.type === "drawn") resolve(answer.svg);
      else reject(new Error(answer.message));
    });
    page.postMessage(request, "*"); // no origin can be named; the frame leads nowhere else (`frame-src`)
  });
}

/** Hears what this frame's page says, and nobody else. */
function listen(
  element: HTMLIFrameElement,
  hear: (answer: DiagramAnswer, page: Window, done: () => void) => void,
): void {
  const controller = new AbortController();
  const onMessage = (event: MessageEvent<DiagramAnswer>) => {
    if (!element.isConnected) return controller.abort();
    const page = element.contentWindow;
    if (!page || event.origin !== FRAME_ORIGIN || event.source !== page) return;
    hear(event.data, page, () => controller.abort());
  };
  window.addEventListener("message", onMessage, { signal: controller.signal });
}

class TimeoutError extends Error {
  constructor() {
    super("The diagram took longer than ten seconds.");
  }
}

function withinTime<Value>(work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError()), TIMEOUT_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
