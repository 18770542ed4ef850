import { expect, test } from "vitest";
import type { Dashboard } from "@/api/hub";
import { documentCount } from "@/screens/dashboard/documentCount";

test("a project that isn't counted holds nothing, and nothing is said while the counts aren't known", () => {
  const known = { by_project: [{ project_id: 2, documents: 242, chunks: 6187 }] } as Dashboard;
  expect(documentCount(known, 2)).toBe(242);
  expect(documentCount(known, 3)).toBe(0);
  expect(documentCount({ by_project: null } as Dashboard, 2)).toBeNull();
  expect(documentCount(undefined, 2)).toBeNull();
});
