import { expect, test } from "vitest";
import type { DocumentLink } from "@/api/documents";
import { createReferences } from "@/markdown/references";

function link(href: string, rest: Partial<DocumentLink>): DocumentLink {
  return { href, text: "", line: 1, state: "ok", target_document_id: null, target_anchor: null, ...rest };
}

const leadsTo = createReferences({
  id: 1,
  path: "docs/a.md",
  links: [
    link("b.md#x", { target_document_id: 2, target_anchor: "x" }),
    link("b.md#gone", { target_document_id: 2, state: "broken" }),
    link("old/c.md", { target_document_id: 3, state: "moved" }),
    link("a.md#here", { target_document_id: 1, target_anchor: "here" }),
    link("nowhere.md", { state: "broken" }),
    link("../src/main.py", { state: "external" }),
    link("../../up.md", { state: "external" }),
    link("stories/", {}),
  ],
});

test.each([
  ["#a%20b", { type: "anchor", anchor: "a b" }],
  ["#100%", { type: "anchor", anchor: "100%" }],
  ["a.md#here", { type: "anchor", anchor: "here" }],
  ["b.md#x", { type: "document", documentId: 2, anchor: "x" }],
  ["b.md#gone", { type: "document", documentId: 2, anchor: null, isAnchorMissing: true }],
  ["old/c.md", { type: "document", documentId: 3, anchor: null }],
  ["stories/", { type: "folder", path: "docs/stories" }],
  ["../src/main.py", { type: "file", path: "src/main.py" }],
  ["../../up.md", { type: "broken" }],
  ["nowhere.md", { type: "broken" }],
  ["unknown.md", { type: "broken" }],
  ["https://example.com", { type: "external" }],
  ["mailto:a@example.com", { type: "external" }],
])("%s leads to %j", (href, expected) => {
  expect(leadsTo(href)).toEqual(expected);
});
