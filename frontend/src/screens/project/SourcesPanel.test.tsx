import { afterEach, expect, test, vi } from "vitest";
import { api } from "@/api/client";
import { sourcesQuery } from "@/api/projects";
import { SourcesPanel } from "@/screens/project/SourcesPanel";
import { makeSource } from "@/screens/project/testData";
import { renderForTest } from "@/ui/renderForTest";

afterEach(() => {
  vi.restoreAllMocks();
});

test("sources stay in view when reading them anew fails, with a way to try again", async () => {
  const read = vi.spyOn(api, "GET");
  read.mockResolvedValue({ data: { items: [makeSource({ name: "handbook" })] }, response: new Response() });
  const page = await renderForTest(<SourcesPanel projectId={1} runs={[]} />);
  await page.until(() => expect(page.place.textContent).toContain("handbook"));
  read.mockRejectedValue(new TypeError("Failed to fetch"));
  void page.client.invalidateQueries({ queryKey: sourcesQuery(1).queryKey });
  await page.until(() => expect(page.place.querySelector("[role=alert]")).not.toBeNull());
  expect(page.place.textContent).toContain("handbook");
});
