import { act } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { api } from "@/api/client";
import { SourceDialog } from "@/screens/project/SourceDialog";
import { makeSource } from "@/screens/project/testData";
import { renderForTest } from "@/ui/renderForTest";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a source that is saved but can't be synced now closes the dialog, and says why", async () => {
  const refusal = { detail: "The queue is full.", error_code: "QUEUE_FULL" };
  vi.spyOn(api, "POST")
    .mockResolvedValueOnce({ data: makeSource(), response: new Response() })
    .mockResolvedValueOnce({ error: refusal, response: new Response(null, { status: 503 }) });
  const close = vi.fn();
  const page = await renderForTest(<SourceDialog projectId={1} source={null} isOpen onClose={close} />);
  await act(async () => document.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true })));
  await page.until(() => expect(page.place.querySelector("[role=status]")?.textContent).toBe("The queue is full."));
  expect(close).toHaveBeenCalled();
});

test("a stored credential is never asked for, and saying nothing of it leaves it as it is", async () => {
  const source = makeSource({ name: "shop", has_credential: true, credential_kind: "token" });
  const save = vi.spyOn(api, "PATCH").mockResolvedValue({ data: source, response: new Response() });
  await renderForTest(<SourceDialog projectId={1} source={source} isOpen onClose={() => undefined} />);
  expect(document.body.textContent).toContain("Stored, encrypted");
  expect(document.querySelector("input[type=password]")).toBeNull();
  await act(async () => document.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true })));
  expect(save).toHaveBeenCalledWith("/api/sources/{source_id}", { params: { path: { source_id: 1 } }, body: {} });
});
