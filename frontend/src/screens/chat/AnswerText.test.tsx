import { renderToStaticMarkup } from "react-dom/server";
import { IntlProvider } from "use-intl";
import { expect, test } from "vitest";
import type { Citation } from "@/api/chat";
import { en } from "@/messages/en";
import { AnswerText } from "@/screens/chat/AnswerText";

function render(content: string, sources: Citation[] = []): string {
  return renderToStaticMarkup(
    <IntlProvider locale="en" messages={en} timeZone="UTC">
      <AnswerText content={content} sources={sources} renderCitation={({ n }) => <i>{n}</i>} />
    </IntlProvider>,
  );
}

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '<a href="javascript:alert(1)">x</a>',
  "<iframe src='https://example.org'></iframe>",
])("HTML is shown, not obeyed: %s", (html) => {
  const shown = render(`a ${html} b\n\n${html}`);
  expect(shown).not.toMatch(/<(script|img|iframe|a)\b/);
  expect(shown).toContain("&lt;");
});

test("an image is its words, and loads nothing", () => {
  const shown = render("![a diagram](https://example.org/track.png)");
  expect(shown).toContain("a diagram");
  expect(shown).not.toContain("example.org");
});

test.each(["javascript:alert(1)", "data:text/html,x", "/projects/1", "//example.org", "vbscript:x", "#top"])(
  "a link to %s is only text",
  (href) => {
    const shown = render(`[words](${href})`);
    expect(shown).toContain("words");
    expect(shown).not.toContain("<a");
  },
);

test.each(["https://example.org/", "mailto:a@example.org"])("a link to %s leads out", (href) => {
  expect(render(`[words](${href})`)).toContain(`<a href="${href}" target="_blank" rel="noopener noreferrer"`);
});

test("headings stand below the answer's own, and citations in their places", () => {
  const shown = render("# One [2]\n\n#### Two", [{ n: 2 } as Citation]);
  expect(shown).toContain("<h3>One <i>2</i></h3>");
  expect(shown).toContain("<h3>Two</h3>");
});
