/**
 * Gives headings levels that a reader of the outline can follow: one first-level heading on the page, no level skipped.
 * Called for the parts of a document in their order.
 */
export function createLevels(mayOwnTitle: boolean): (heading: Element) => number {
  let isTitleFree = mayOwnTitle;
  let before = 1;
  return (heading) => {
    const written = Number(heading.tagName[1]);
    if (written === 1 && isTitleFree) {
      isTitleFree = false;
      before = 1;
      return 1;
    }
    before = Math.min(Math.max(2, written), before + 1);
    return before;
  };
}

/** Whether the document's own first-level heading serves as the page's. */
export function ownsTitle(document: { file_type: string; toc: readonly { level: number }[] }): boolean {
  return isMarkdown(document.file_type) && document.toc.some((entry) => entry.level === 1);
}

export function isMarkdown(fileType: string): boolean {
  return ["md", "markdown", "mdx"].includes(fileType);
}
