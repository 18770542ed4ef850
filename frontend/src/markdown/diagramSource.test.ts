import { expect, test } from "vitest";
import { harmless } from "@/markdown/diagramSource";

test.each([
  "graph TD\n  A[One<br/>two] --> B",
  "graph LR\n  A <--> B\n  C <-- D",
  "classDiagram\n  class Shape {\n    <<interface>>\n  }\n  Animal <|-- Duck",
  "stateDiagram-v2\n  state choice <<choice>>",
  'graph TD\n  A["a < b and 3 < 4"]',
  "graph TD\n  A@{ shape: circle, label: x }",
])("what only looks like a tag stays: %j", (source) => {
  expect(harmless(source)).toBe(source);
});

test("a tag becomes text", () => {
  expect(harmless("A[<img src=x onerror=alert(1)>] --> B[</b><!-- x -->]")).toBe(
    "A[#lt;img src=x onerror=alert(1)>] --> B[#lt;/b>#lt;!-- x -->]",
  );
});

test("a node asks for no image", () => {
  expect(harmless('a@{ img: "http://host/x.png", label: "img: y" }')).not.toMatch(/\bimg/);
  expect(harmless('a@{ "img": "http://host/x.png" }')).toContain('"picture":');
});
