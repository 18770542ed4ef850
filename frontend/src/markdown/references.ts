import type { DocumentContent, DocumentLink } from "@/api/documents";
import { decoded, hasScheme, resolvePath } from "@/markdown/address";

/** Where a link of a document leads. */
export type Reference =
  | { type: "anchor"; anchor: string }
  | { type: "document"; documentId: number; anchor: string | null; isAnchorMissing?: boolean }
  | { type: "folder"; path: string }
  | { type: "file"; path: string }
  | { type: "external" }
  | { type: "broken" };

type Referring = Pick<DocumentContent, "id" | "path" | "links">;

/** A function that says where an `href`, as written in the document, leads: the server knows, by the last sync. */
export function createReferences(document: Referring): (href: string) => Reference {
  const links = new Map(document.links.map((link) => [link.href, link]));
  return (href) => {
    if (href.startsWith("#")) return { type: "anchor", anchor: decoded(href.slice(1)) };
    if (hasScheme(href)) return { type: "external" };
    const link = links.get(href);
    return link ? referenceOf(document, link) : elsewhere(document, href, "broken");
  };
}

function referenceOf(document: Referring, link: DocumentLink): Reference {
  if (link.state === "broken") return brokenReference(link);
  if (link.target_document_id === document.id && link.target_anchor) {
    return { type: "anchor", anchor: link.target_anchor };
  }
  if (link.target_document_id !== null) {
    return { type: "document", documentId: link.target_document_id, anchor: link.target_anchor };
  }
  return elsewhere(document, link.href, link.state === "ok" ? "folder" : "file");
}

/** A document without the heading that the link names is still worth opening. */
function brokenReference({ target_document_id: documentId }: DocumentLink): Reference {
  return documentId === null
    ? { type: "broken" }
    : { type: "document", documentId, anchor: null, isAnchorMissing: true };
}

function elsewhere(document: Referring, href: string, type: "folder" | "file" | "broken"): Reference {
  const path = resolvePath(document.path, href);
  return type === "broken" || path === null ? { type: "broken" } : { type, path };
}
