import { type ColorScheme, colorScheme, watchColorScheme } from "@/markdown/colorScheme";
import { drawDiagram } from "@/markdown/diagrams";
import { type EnlargedLabels, showEnlarged } from "@/markdown/enlarged";
import { renderFormula } from "@/markdown/formulas";

/** The words around diagrams. */
export interface DiagramLabels extends EnlargedLabels {
  diagram: (firstLine: string) => string;
  drawing: string;
  enlarge: (firstLine: string) => string;
  failed: string;
  hideSource: string;
  showSource: string;
}

const AHEAD = "800px";
const DIAGRAM = "pre.mermaid-source";
const FORMULA = ".math-inline, .math-block";

/** Draws diagrams and sets formulas when they come near the view. */
export class LateParts {
  private readonly observer: IntersectionObserver;
  private readonly labels: DiagramLabels;
  private readonly signal: AbortSignal;
  private readonly awaited = new Set<HTMLElement>();

  constructor(scroller: Element, labels: DiagramLabels, signal: AbortSignal) {
    this.labels = labels;
    this.signal = signal;
    this.observer = new IntersectionObserver((entries) => this.arriveAmong(entries), {
      root: scroller === document.documentElement ? null : scroller,
      rootMargin: AHEAD,
    });
    signal.addEventListener("abort", () => this.observer.disconnect());
    window.addEventListener("beforeprint", () => this.arriveAll(), { signal });
  }

  /** Looks for diagrams and formulas in a part that is about to be inserted. */
  watch(part: HTMLElement): void {
    for (const source of part.querySelectorAll<HTMLElement>(DIAGRAM)) this.expect(figureOf(source, this.labels));
    for (const formula of part.querySelectorAll<HTMLElement>(FORMULA)) this.expect(formula);
  }

  private expect(element: HTMLElement): void {
    this.awaited.add(element);
    this.observer.observe(element);
  }

  /** Paper shows everything: what can be made in time is made. */
  private arriveAll(): void {
    for (const element of this.awaited) this.arrive(element);
  }

  private arriveAmong(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) if (isIntersecting) this.arrive(target as HTMLElement);
  }

  private arrive(element: HTMLElement): void {
    if (!this.awaited.delete(element)) return;
    this.observer.unobserve(element);
    if (element.matches("figure")) new Diagram(element, this.labels, this.signal).start();
    else void renderFormula(element);
  }
}

/** Replaces Mermaid source by a figure that holds it, hidden until it is asked for. */
function figureOf(source: HTMLElement, labels: DiagramLabels): HTMLElement {
  const figure = document.createElement("figure");
  figure.className = "diagram";
  if (source.dataset.lines) figure.dataset.lines = source.dataset.lines;
  const view = document.createElement("div");
  view.className = "diagram-view";
  view.textContent = labels.drawing;
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "diagram-toggle";
  toggle.dataset.added = "";
  source.replaceWith(figure);
  source.hidden = true;
  figure.append(view, source, toggle);
  const show = (isShown: boolean) => {
    source.hidden = !isShown;
    toggle.textContent = isShown ? labels.hideSource : labels.showSource;
    toggle.setAttribute("aria-expanded", String(isShown));
  };
  show(false);
  toggle.addEventListener("click", () => show(source.hidden));
  return figure;
}

class Diagram {
  private readonly view: HTMLElement;
  private readonly source: string;
  private readonly labels: DiagramLabels;
  private readonly signal: AbortSignal;
  private url: string | null = null;

  constructor(figure: HTMLElement, labels: DiagramLabels, signal: AbortSignal) {
    this.view = figure.querySelector<HTMLElement>(".diagram-view") ?? figure;
    this.source = figure.querySelector(DIAGRAM)?.textContent ?? "";
    this.labels = labels;
    this.signal = signal;
  }

  start(): void {
    void this.draw();
    watchColorScheme(() => void this.draw(), this.signal);
    this.signal.addEventListener("abort", () => this.release());
  }

  private async draw(): Promise<void> {
    const scheme = colorScheme();
    try {
      const svg = await drawDiagram(this.source, scheme);
      if (!this.signal.aborted && scheme === colorScheme()) this.show(svg, scheme);
    } catch (cause) {
      this.fail(cause instanceof Error ? cause.message : String(cause));
    }
  }

  private show(svg: string, scheme: ColorScheme): void {
    this.release();
    this.url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    const image = document.createElement("img");
    image.src = this.url;
    image.dataset.scheme = scheme; // paper is light: the style sheet turns dark ones over
    image.alt = this.labels.diagram(firstLine(this.source));
    const button = document.createElement("button");
    button.type = "button";
    button.className = "diagram-enlarge";
    button.setAttribute("aria-label", this.labels.enlarge(firstLine(this.source)));
    button.addEventListener("click", () => showEnlarged(image, this.labels, this.signal));
    button.append(image);
    this.view.replaceChildren(button);
  }

  private fail(message: string): void {
    const words = document.createElement("p");
    words.className = "diagram-error";
    words.textContent = this.labels.failed;
    const detail = document.createElement("pre");
    detail.textContent = message;
    const source = document.createElement("pre");
    source.textContent = this.source;
    this.view.replaceChildren(words, detail, source);
    this.view.parentElement?.querySelector(".diagram-toggle")?.remove();
  }

  private release(): void {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
  }
}

/** The first line that says something of the diagram: no directive, no comment, no front matter. */
export function firstLine(source: string): string {
  const body = source.replace(/^\s*---[\s\S]*?\n---\s*\n/, "");
  return (
    body
      .split("\n")
      .map((line) => line.trim())
      .find((line) => line !== "" && !line.startsWith("%%")) ?? ""
  );
}
