import { act } from "react";
import { createRoot } from "react-dom/client";
import { IntlProvider } from "use-intl";
import { afterEach, expect, test, vi } from "vitest";
import { en } from "@/messages/en";
import { ToastProvider } from "@/ui/toast";
import { useCopy } from "@/ui/useCopy";

let copy: ReturnType<typeof useCopy>;

function Copier() {
  copy = useCopy();
  return null;
}

/** Copies with this clipboard, and gives what came of it with what was said. */
async function copied(clipboard: Pick<Clipboard, "writeText"> | undefined): Promise<[boolean, string | null]> {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("navigator", { clipboard });
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  await act(async () =>
    root.render(
      <IntlProvider locale="en" messages={en} timeZone="UTC">
        <ToastProvider>
          <Copier />
        </ToastProvider>
      </IntlProvider>,
    ),
  );
  const result = await act(() => copy("a text", "Copied"));
  const said = document.querySelector("[role=status]")?.textContent ?? null;
  await act(async () => root.unmount());
  return [result, said];
}

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

test("what is copied is said", async () => {
  const writeText = vi.fn(async () => undefined);
  expect(await copied({ writeText })).toEqual([true, "Copied"]);
  expect(writeText).toHaveBeenCalledWith("a text");
});

test("a browser that refuses, or has no clipboard, is told of", async () => {
  expect(await copied({ writeText: () => Promise.reject(new DOMException("no", "NotAllowedError")) })).toEqual([
    false,
    en.ui.notCopied,
  ]);
  expect(await copied(undefined)).toEqual([false, en.ui.notCopied]);
});
