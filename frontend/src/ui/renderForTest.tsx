import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { IntlProvider } from "use-intl";
import { onTestFinished, vi } from "vitest";
import { en } from "@/messages/en";
import { historyTexts } from "@/messages/late/history";
import { projectTexts } from "@/messages/late/project";
import { TooltipProvider } from "@/ui/Tooltip";
import { ToastProvider } from "@/ui/toast";

const MESSAGES = { ...en, ...historyTexts.en, ...projectTexts.en };

/** Shows a part of the client in English, without a server, until the test is over. */
export async function renderForTest(node: ReactNode) {
  const client = new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } },
  });
  const place = document.body.appendChild(document.createElement("div"));
  const root = createRoot(place);
  const acting = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
  acting.IS_REACT_ACT_ENVIRONMENT = true;
  onTestFinished(async () => {
    await act(async () => root.unmount());
    delete acting.IS_REACT_ACT_ENVIRONMENT;
    place.remove();
  });
  const show = (shown: ReactNode) =>
    act(async () =>
      root.render(
        <IntlProvider locale="en" messages={MESSAGES} timeZone="UTC">
          <QueryClientProvider client={client}>
            <TooltipProvider>
              <ToastProvider>{shown}</ToastProvider>
            </TooltipProvider>
          </QueryClientProvider>
        </IntlProvider>,
      ),
    );
  await show(node);
  /** Waits until `check` throws no more. */
  const until = (check: () => void) => act(() => vi.waitFor(check));
  return { client, place, show, until };
}
