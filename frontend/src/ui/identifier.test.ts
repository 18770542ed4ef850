import { expect, test } from "vitest";
import { identifierOf } from "@/ui/identifier";

test("an epic's identifier doesn't say again that it is an epic", () => {
  expect(identifierOf({ kind: "epic", artifact_id: "epic-4" })).toBe("4");
  expect(identifierOf({ kind: "retrospective", artifact_id: "epic-4" })).toBe("epic-4");
  expect(identifierOf({ kind: "story", artifact_id: "4.2" })).toBe("4.2");
  expect(identifierOf({ kind: "epic", artifact_id: null })).toBeNull();
});
