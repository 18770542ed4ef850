import { useRouter } from "@tanstack/react-router";
import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslations } from "use-intl";
import type { DocumentContent } from "@/api/documents";
import { createLevels, ownsTitle } from "@/markdown/headings";
import { icon } from "@/markdown/icons";
import { LateParts } from "@/markdown/lateParts";
import { createOverflowWatch } from "@/markdown/overflow";
import { estimatedHeight, type Part, splitIntoParts } from "@/markdown/parts";
import { prepare, settleLinks } from "@/markdown/prepare";
import { createReferences } from "@/markdown/references";
import type { Position } from "@/markdown/scrolling";
import { focusAt, revealAnchor, type Target } from "@/markdown/target";
import { useLabels } from "@/markdown/useLabels";
import { useParts } from "@/markdown/useParts";
import { usePlaces } from "@/markdown/usePlaces";
import { useCopy } from "@/ui/useCopy";

interface MarkdownViewProps {
  document: DocumentContent;
  target: Target | undefined;
  start: Position | undefined;
  onAnchor: ((anchor: string) => void) | undefined;
  /** Whether the page has its title elsewhere. */
  isPanel: boolean;
}

/** The server's HTML of a document, shown in parts and made useful. */
export function MarkdownView({ document, target, start, onAnchor, isPanel }: MarkdownViewProps) {
  const labels = useLabels();
  const addressOf = usePlaces(document);
  const latestAddressOf = useRef(addressOf);
  latestAddressOf.current = addressOf;
  const { id, path, html, links } = document;
  const mayOwnTitle = !isPanel && ownsTitle(document);
  const leadsTo = useMemo(() => createReferences({ id, path, links }), [id, path, links]);
  const builds = useCallback(
    (scroller: Element, signal: AbortSignal) => {
      const late = new LateParts(scroller, labels, signal);
      const watchOverflow = createOverflowWatch(signal);
      const levelOf = createLevels(mayOwnTitle);
      // Addresses may come late, with the tree: that is no reason to show the document anew.
      const shared = { documentId: id, path, labels, levelOf, leadsTo, watchOverflow };
      return splitIntoParts(html).map((part) => () => {
        const element = partElement(part);
        late.watch(element);
        prepare(element, { ...shared, addressOf: latestAddressOf.current });
        return element;
      });
    },
    [id, path, html, labels, leadsTo, mayOwnTitle],
  );
  const ref = useParts({ builds, target, start });
  useEffect(() => {
    if (ref.current) settleLinks(ref.current, { labels, leadsTo, addressOf });
  }, [ref, labels, leadsTo, addressOf]);
  useClicks(ref, onAnchor);
  return <div ref={ref} data-parts className="markdown" />;
}

function partElement(part: Part): HTMLElement {
  const element = globalThis.document.createElement("div");
  const height = estimatedHeight(part.nodes);
  element.className = part.startsWithHeading ? "markdown-part starts-with-heading" : "markdown-part";
  element.dataset.height = String(height);
  element.style.containIntrinsicBlockSize = `auto ${height}px`;
  element.append(...part.nodes);
  return element;
}

/** Links within the client, copying, links to headings: heard once for the whole document. */
function useClicks(ref: RefObject<HTMLElement | null>, onAnchor: ((anchor: string) => void) | undefined): void {
  const t = useTranslations("explorer.markdown");
  const router = useRouter();
  const copy = useCopy();
  useEffect(() => {
    const container = ref.current;
    if (!container) return;
    const controller = new AbortController();
    const goTo = async (anchor: string) => {
      onAnchor?.(anchor);
      const element = await revealAnchor(container, anchor, controller.signal);
      if (element) focusAt(element);
    };
    const click = (event: MouseEvent) => {
      const element =
        event.target instanceof Element ? event.target.closest<HTMLElement>("a[href], [data-copy]") : null;
      if (!element) return;
      if (element.dataset.copy !== undefined) {
        const text = element.parentElement?.querySelector("code, pre")?.textContent ?? "";
        return void copy(text, t("copied")).then((isCopied) => isCopied && showDone(element));
      }
      if (!(element instanceof HTMLAnchorElement) || isForNewTab(event)) return;
      const { anchor, internal, permalink } = element.dataset;
      if (anchor === undefined && internal === undefined) return;
      event.preventDefault();
      if (anchor !== undefined) void goTo(anchor);
      else router.history.push(element.getAttribute("href") ?? "");
      if (permalink !== undefined) void copy(element.href, t("linkCopied"));
    };
    container.addEventListener("click", click);
    return () => {
      controller.abort();
      container.removeEventListener("click", click);
    };
  }, [ref, onAnchor, router, copy, t]);
}

function isForNewTab(event: MouseEvent): boolean {
  return event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
}

function showDone(button: HTMLElement): void {
  button.replaceChildren(icon("check"));
  setTimeout(() => button.replaceChildren(icon("copy")), 2_000);
}
