import { expect, test, vi } from "vitest";
import type { DocumentContent } from "@/api/documents";
import { DocumentBody } from "@/markdown/DocumentBody";
import { renderForTest } from "@/ui/renderForTest";

const loading = vi.hoisted(() => ({ fails: true }));
vi.mock("@/markdown/TableView", () => ({
  get TableView() {
    if (loading.fails) throw new TypeError("Failed to fetch dynamically imported module");
    return () => <p>a table</p>;
  },
}));

test("a table whose code couldn't be loaded is there after another try", async () => {
  const table = { file_type: "csv", content: "a,b\n1,2\n", html: "", toc: [] } as unknown as DocumentContent;
  const page = await renderForTest(<DocumentBody document={table} />);
  await page.until(() => expect(page.place.querySelector("[role=alert]")).not.toBeNull());
  loading.fails = false;
  page.place.querySelector<HTMLButtonElement>("[role=alert] button")?.click();
  await page.until(() => expect(page.place.textContent).toBe("a table"));
});
