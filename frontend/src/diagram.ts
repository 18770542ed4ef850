import mermaid from "mermaid";
import { harmless } from "@/markdown/diagramSource";
import type { DiagramAnswer, DiagramRequest } from "@/markdown/diagrams";

/** The hidden page that draws Mermaid diagrams for the client: its parent asks, nobody else. */
const SETTINGS = {
  startOnLoad: false,
  securityLevel: "strict",
  htmlLabels: false, // the drawing is shown as an image, which holds no HTML
  layout: "dagre",
  // Longer words are broken anywhere, and the usual width is hardly more than "Documentation" in this font.
  flowchart: { wrappingWidth: 160 },
  state: { wrappingWidth: 160 },
  look: "classic",
  fontFamily: "system-ui, sans-serif",
  deterministicIds: true,
  suppressErrorRendering: true,
  // What a diagram's own directives can't change.
  secure: [
    "secure",
    "securityLevel",
    "startOnLoad",
    "maxTextSize",
    "suppressErrorRendering",
    "maxEdges",
    "htmlLabels",
    "themeCSS",
    "dompurifyConfig",
  ],
} as const;

window.addEventListener("message", (event: MessageEvent<DiagramRequest>) => {
  if (event.origin !== location.origin || event.source !== window.parent) return;
  void draw(event.data).then(answer);
});
// Mermaid lets some errors of a diagram's own theme escape; the diagram then counts as not drawn, and nothing else is lost.
for (const kind of ["error", "unhandledrejection"]) window.addEventListener(kind, (event) => event.preventDefault());
answer({ type: "ready" });

async function draw({ id, source, scheme }: DiagramRequest): Promise<DiagramAnswer> {
  mermaid.initialize({ ...SETTINGS, secure: [...SETTINGS.secure], theme: scheme === "dark" ? "dark" : "default" });
  try {
    const { svg } = await mermaid.render(`diagram-${id}`, harmless(source));
    return { type: "drawn", id, svg: withSize(svg) };
  } catch (error) {
    return { type: "failed", id, message: error instanceof Error ? error.message : String(error) };
  } finally {
    document.body.replaceChildren();
  }
}

/** An image needs a size of its own; Mermaid says "100%". */
function withSize(svg: string): string {
  const parsed = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
  if (!parsed) return svg;
  const box = parsed.viewBox.baseVal;
  if (box.width > 0 && box.height > 0) {
    parsed.setAttribute("width", String(Math.ceil(box.width)));
    parsed.setAttribute("height", String(Math.ceil(box.height)));
  }
  return new XMLSerializer().serializeToString(parsed);
}

function answer(message: DiagramAnswer): void {
  window.parent.postMessage(message, location.origin); // the client's origin, of which this page only has the name
}
