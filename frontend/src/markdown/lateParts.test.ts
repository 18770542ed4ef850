import { expect, test } from "vitest";
import { firstLine } from "@/markdown/lateParts";

test.each([
  ["flowchart LR\n  A --> B", "flowchart LR"],
  ["\n%% a comment\n%%{init: {}}%%\nsequenceDiagram", "sequenceDiagram"],
  ["---\ntitle: x\n---\npie title Pets", "pie title Pets"],
  ["", ""],
])("%j is named %j", (source, expected) => {
  expect(firstLine(source)).toBe(expected);
});
