const SVG = "http://www.w3.org/2000/svg";

/** Line drawings on a grid of 24, for the parts of a document that aren't React's. */
const ICONS = {
  check: ["M4 12.5l5.5 5.5L20 7"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  copy: ["M9 9h11v11H9z", "M5 15H4V4h11v1"],
  external: ["M14 4h6v6", "M20 4l-9 9", "M18 14v6H4V6h6"],
  image: ["M4 5h16v14H4z", "M4 16l5-5 4 4 3-3 4 4", "M15 9h.01"],
  link: ["M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1", "M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1"],
  minus: ["M5 12h14"],
  note: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M12 11v5", "M12 8h.01"],
  plus: ["M5 12h14", "M12 5v14"],
  tip: ["M9 18h6", "M10 21h4", "M8.5 14.5a6 6 0 1 1 7 0V17h-7z"],
  important: ["M4 4h16v13h-9l-4 4v-4H4z", "M12 7v4", "M12 14h.01"],
  warning: ["M12 4L2.5 20h19z", "M12 10v4", "M12 17h.01"],
  caution: ["M8 3h8l5 5v8l-5 5H8l-5-5V8z", "M12 8v4", "M12 16h.01"],
} as const;

export type IconName = keyof typeof ICONS;

/** A decorative icon as an element, in the colour of the text around it. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "markdown-icon");
  for (const shape of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", shape);
    svg.append(path);
  }
  return svg;
}
