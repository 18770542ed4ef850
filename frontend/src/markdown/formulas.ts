const SETTINGS = {
  output: "mathml",
  trust: false,
  throwOnError: true,
  maxExpand: 500,
  maxSize: 20,
  strict: "ignore",
} as const;

/** Replaces a formula's TeX by MathML; what KaTeX can't read stays as it is, with the reason, as all do if it can't be loaded. */
export async function renderFormula(element: HTMLElement): Promise<void> {
  const tex = element.textContent ?? "";
  try {
    const { default: katex } = await import("katex");
    const isBlock = element.classList.contains("math-block");
    const html = katex.renderToString(tex, { ...SETTINGS, displayMode: isBlock });
    // The page's policy allows no style attributes; KaTeX writes them for boxes only.
    const parsed = new DOMParser().parseFromString(html.replace(/ style="[^"]*"/g, ""), "text/html");
    element.replaceChildren(...parsed.body.childNodes);
    element.dataset.added = "";
  } catch (cause) {
    element.classList.add("math-error");
    element.title = cause instanceof Error ? cause.message : String(cause);
  }
}
