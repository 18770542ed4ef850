import { expect, test } from "vitest";
import { createLevels } from "@/markdown/headings";
import { type Preparation, prepare, settleLinks } from "@/markdown/prepare";
import type { Reference } from "@/markdown/references";

const REFERENCES: Record<string, Reference> = {
  "b.md": { type: "document", documentId: 2, anchor: null },
  "b.md#gone": { type: "document", documentId: 2, anchor: null, isAnchorMissing: true },
  "#x": { type: "anchor", anchor: "x" },
  "https://example.com": { type: "external" },
  "main.py": { type: "file", path: "main.py" },
};

function prepared(html: string, watched: string[] = []): HTMLElement {
  const root = document.createElement("div");
  root.innerHTML = html;
  const preparation: Preparation = {
    documentId: 7,
    path: "docs/a.md",
    labels: {
      brokenAnchor: (href) => `no heading ${href}`,
      brokenLink: (href) => `broken ${href}`,
      checkbox: "task",
      code: "code",
      copyCode: "copy",
      footnotes: "footnotes",
      missingImage: (path) => `missing ${path}`,
      permalink: (heading) => `link to ${heading}`,
      table: "table",
      toReference: "back",
    },
    levelOf: createLevels(true),
    leadsTo: (href) => REFERENCES[href] ?? { type: "broken" },
    addressOf: (reference) => {
      if (reference.type === "document") return `/doc/${reference.documentId}`;
      return reference.type === "anchor" ? `#${reference.anchor}` : null;
    },
    watchOverflow: (_, name) => void watched.push(name),
  };
  prepare(root, preparation);
  return root;
}

test("links to documents lead within the client", () => {
  const link = prepared('<a href="b.md" rel="noopener noreferrer">b</a>').querySelector("a");
  expect(link?.getAttribute("href")).toBe("/doc/2");
  expect(link?.dataset.internal).toBe("");
  expect(link?.hasAttribute("rel")).toBe(false);
});

test("a link whose address isn't known yet gets it later", () => {
  const root = document.createElement("div");
  root.innerHTML = '<a data-pending="b.md">b</a>';
  const labels = { brokenLink: String } as unknown as Preparation["labels"];
  settleLinks(root, { labels, leadsTo: (href) => REFERENCES[href] ?? { type: "broken" }, addressOf: () => undefined });
  expect(root.innerHTML).toBe('<a data-pending="b.md">b</a>');
  settleLinks(root, { labels, leadsTo: (href) => REFERENCES[href] ?? { type: "broken" }, addressOf: () => "/doc/2" });
  expect(root.innerHTML).toBe('<a href="/doc/2" data-internal="">b</a>');
});

test("links out open a new tab that learns nothing", () => {
  const link = prepared('<a href="https://example.com">b</a>').querySelector("a");
  expect([link?.target, link?.rel]).toEqual(["_blank", "noopener noreferrer nofollow"]);
});

test("a link to a heading that is gone still leads to its document", () => {
  const link = prepared('<a href="b.md#gone">b</a>').querySelector("a");
  expect([link?.getAttribute("href"), link?.title]).toEqual(["/doc/2", "no heading b.md#gone"]);
});

test.each(["nowhere.md", "main.py"])("%s can't be followed, and says why", (href) => {
  const link = prepared(`<a href="${href}">b</a>`).querySelector("a");
  expect(link?.hasAttribute("href")).toBe(false);
  expect(link?.title).toBe(`broken ${href}`);
});

test("images come from the repository, and those that don't say so", () => {
  const root = prepared('<img src="images/a b.png" alt="A"><img src="../../up.png" alt=""><img src="x.png" alt="X">');
  expect(root.querySelector("img")?.getAttribute("src")).toBe("/api/documents/7/assets/docs/images/a%20b.png");
  expect(root.querySelector(".missing-image")?.textContent).toBe("missing ../../up.png");
  root.querySelectorAll("img")[1]?.dispatchEvent(new Event("error"));
  expect(root.querySelectorAll(".missing-image")[1]?.textContent).toBe("X");
});

test("headings get a link of their own and a level in the outline", () => {
  const root = prepared('<h1 id="a">A</h1><h4 id="b">B</h4>');
  expect(root.querySelector("h4")?.getAttribute("aria-level")).toBe("2");
  expect(root.querySelector("h1")?.id).toBe("user-content-a");
  const link = root.querySelector<HTMLAnchorElement>(".heading-anchor");
  expect([link?.getAttribute("href"), link?.dataset.anchor, link?.getAttribute("aria-label")]).toEqual([
    "#a",
    "a",
    "link to A",
  ]);
});

test("code and tables can be scrolled by keyboard, code can be copied", () => {
  const watched: string[] = [];
  const root = prepared(
    '<pre class="highlight"><code>x</code></pre><table></table><pre class="mermaid-source">a</pre>',
    watched,
  );
  expect(watched).toEqual(["code", "table"]);
  expect(root.querySelectorAll("[data-copy]")).toHaveLength(1);
});

test("tasks are named by their words, without those of the tasks below", () => {
  const root = prepared('<ul><li><input type="checkbox"> open <b>task</b><ul><li>inner</li></ul></li></ul>');
  expect(root.querySelector("input")?.getAttribute("aria-label")).toBe("open task");
});
