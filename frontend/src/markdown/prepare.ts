import { encodePath, hasScheme, resolvePath } from "@/markdown/address";
import { type IconName, icon } from "@/markdown/icons";
import type { Reference } from "@/markdown/references";
import { idOf } from "@/markdown/target";

/** The words that are put into documents, in the language of the page. */
export interface Labels {
  brokenAnchor: (href: string) => string;
  brokenLink: (href: string) => string;
  checkbox: string;
  code: string;
  copyCode: string;
  footnotes: string;
  missingImage: (path: string) => string;
  permalink: (heading: string) => string;
  table: string;
  toReference: string;
}

/** What a part needs to be made useful. */
export interface Preparation {
  documentId: number;
  path: string;
  labels: Labels;
  levelOf: (heading: Element) => number;
  leadsTo: (href: string) => Reference;
  /** Addresses for links; null for what can't be shown anywhere, undefined for what isn't known yet. */
  addressOf: AddressOf;
  /** Scrollable regions, to be reached by keyboard once they are wider than the page. */
  watchOverflow: (element: HTMLElement, name: string) => void;
}

export type AddressOf = (reference: Reference) => string | null | undefined;

type LinkPreparation = Pick<Preparation, "labels" | "leadsTo" | "addressOf">;
type Step = (root: HTMLElement, preparation: Preparation) => void;

const ALERTS: readonly IconName[] = ["note", "tip", "important", "warning", "caution"];

/** Makes links, images, code, tables and headings of one inserted part useful; what it adds carries `data-added`. */
export function prepare(root: HTMLElement, preparation: Preparation): void {
  for (const step of STEPS) step(root, preparation);
}

const prefixIds: Step = (root) => {
  for (const element of root.querySelectorAll("[id]")) element.id = idOf(element.id);
  for (const element of root.querySelectorAll("a[name]:not([id])")) {
    element.id = idOf(element.getAttribute("name") ?? "");
  }
};

const prepareHeadings: Step = (root, { labels, levelOf, addressOf }) => {
  for (const heading of root.querySelectorAll<HTMLElement>("h1, h2, h3, h4, h5, h6")) {
    const level = levelOf(heading);
    if (level !== Number(heading.tagName[1])) heading.setAttribute("aria-level", String(level));
    const anchor = anchorOf(heading);
    if (anchor === null || heading.closest("summary, a")) continue;
    heading.dataset.heading = anchor;
    const frame = element("div", "markdown-heading");
    heading.replaceWith(frame);
    const link = linkTo({ type: "anchor", anchor }, addressOf);
    link.className = "heading-anchor";
    link.dataset.permalink = "";
    link.setAttribute("aria-label", labels.permalink(heading.textContent?.trim() ?? ""));
    link.append(icon("link"));
    frame.append(heading, link);
  }
};

const prepareLinks: Step = (root, preparation) => {
  for (const link of root.querySelectorAll<HTMLAnchorElement>("a[href]:not([data-added])")) {
    prepareLink(link, link.getAttribute("href") ?? "", preparation);
  }
};

/** Gives the links whose addresses weren't known at first what they lack. */
export function settleLinks(root: HTMLElement, preparation: LinkPreparation): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>("a[data-pending]")) {
    prepareLink(link, link.dataset.pending ?? "", preparation);
  }
}

function prepareLink(link: HTMLAnchorElement, written: string, { labels, leadsTo, addressOf }: LinkPreparation): void {
  const reference = leadsTo(written);
  const address = reference.type === "external" ? written : addressOf(reference);
  delete link.dataset.pending;
  if (address === undefined) wait(link, written);
  else if (address === null) markBroken(link, labels.brokenLink(written));
  else if (reference.type === "external" || reference.type === "file") lead(link, address);
  else follow(link, reference, address);
  if (reference.type === "document" && reference.isAnchorMissing) {
    link.classList.add("broken-anchor");
    link.title = labels.brokenAnchor(written);
  }
}

const prepareImages: Step = (root, { documentId, path, labels }) => {
  for (const image of root.querySelectorAll("img")) {
    const written = image.getAttribute("src") ?? "";
    const file = hasScheme(written) ? null : resolvePath(path, written);
    image.loading = "lazy";
    image.decoding = "async";
    const fail = () => image.replaceWith(missingImage(image.alt, labels.missingImage(file ?? written)));
    if (!file) {
      fail();
      continue;
    }
    image.addEventListener("error", fail, { once: true });
    image.src = `/api/documents/${documentId}/assets/${encodePath(file)}`;
  }
};

const prepareCode: Step = (root, { labels, watchOverflow }) => {
  for (const block of root.querySelectorAll<HTMLElement>("pre:not(.mermaid-source)")) {
    const frame = element("div", "code-block");
    block.replaceWith(frame);
    watchOverflow(block, labels.code);
    frame.append(block, copyButton(labels));
  }
};

const prepareTables: Step = (root, { labels, watchOverflow }) => {
  for (const table of root.querySelectorAll("table")) {
    const frame = element("div", "table-scroll");
    table.replaceWith(frame);
    frame.append(table);
    watchOverflow(frame, labels.table);
  }
};

const prepareLists: Step = (root, { labels }) => {
  for (const box of root.querySelectorAll("input")) {
    const words = box.closest("li")?.firstChild === box ? ownText(box.closest("li")) : "";
    box.setAttribute("aria-label", words || labels.checkbox);
  }
  for (const notes of root.querySelectorAll("section.footnotes")) notes.setAttribute("aria-label", labels.footnotes);
  for (const link of root.querySelectorAll(".footnote-backref")) link.setAttribute("aria-label", labels.toReference);
};

const prepareCallouts: Step = (root) => {
  for (const title of root.querySelectorAll(".markdown-alert-title")) {
    const kind = ALERTS.find((name) => title.parentElement?.classList.contains(`markdown-alert-${name}`));
    if (kind) title.prepend(icon(kind));
  }
};

const STEPS: readonly Step[] = [
  prefixIds,
  prepareLinks,
  prepareHeadings,
  prepareImages,
  prepareCode,
  prepareTables,
  prepareLists,
  prepareCallouts,
];

function copyButton(labels: Pick<Labels, "copyCode">): HTMLButtonElement {
  const button = element("button", "copy-code");
  button.type = "button";
  button.dataset.copy = "";
  button.dataset.added = "";
  button.setAttribute("aria-label", labels.copyCode);
  button.title = labels.copyCode;
  button.append(icon("copy"));
  return button;
}

/** Gives a link that leads within the client its address; `data-*` say where to, for a click. */
function follow(link: HTMLAnchorElement, reference: Reference, address: string): void {
  link.setAttribute("href", address);
  link.removeAttribute("rel");
  if (reference.type === "anchor") link.dataset.anchor = reference.anchor;
  else link.dataset.internal = "";
}

function linkTo(reference: Reference, addressOf: Preparation["addressOf"]): HTMLAnchorElement {
  const link = element("a");
  link.dataset.added = "";
  follow(link, reference, addressOf(reference) ?? "");
  return link;
}

function wait(link: HTMLAnchorElement, written: string): void {
  link.removeAttribute("href");
  link.dataset.pending = written;
}

function lead(link: HTMLAnchorElement, address: string): void {
  link.setAttribute("href", address);
  link.rel = "noopener noreferrer nofollow";
  if (/^mailto:/i.test(address)) return;
  link.target = "_blank";
  if (!link.querySelector("img")) link.append(icon("external"));
}

function markBroken(link: HTMLAnchorElement, words: string): void {
  link.removeAttribute("href");
  link.removeAttribute("rel");
  link.className = "broken-link";
  link.setAttribute("role", "link");
  link.setAttribute("aria-disabled", "true");
  link.title = words;
}

function missingImage(alt: string, words: string): HTMLElement {
  const frame = element("span", "missing-image");
  frame.title = words;
  frame.append(icon("image"), alt || words);
  return frame;
}

function anchorOf(heading: HTMLElement): string | null {
  const prefix = idOf("");
  return heading.id.startsWith(prefix) ? heading.id.slice(prefix.length) : null;
}

function ownText(item: Element | null | undefined): string {
  const words = [...(item?.childNodes ?? [])].filter((node) => !/^(UL|OL)$/.test(node.nodeName));
  return words
    .map((node) => node.textContent)
    .join("")
    .trim()
    .slice(0, 120);
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className?: string,
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}
