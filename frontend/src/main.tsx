import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createQueryClient } from "@/api/queryClient";
import { createAppRouter } from "@/router";
import { Language } from "@/shell/Language";
import { reloadForNewBuild } from "@/shell/newBuild";
import { applyTheme, PreferencesProvider, readPreferences } from "@/shell/preferences";
import { TooltipProvider } from "@/ui/Tooltip";
import { ToastProvider } from "@/ui/toast";
import "@/styles/index.css";
import "@/shell/starting.css";

reloadForNewBuild();
applyTheme(readPreferences().theme);
// Dialogs keep the page behind them from scrolling with a style element, which the page's policy wants signed.
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
if (nonce) setNonce(nonce);

const queryClient = createQueryClient();
const router = createAppRouter(queryClient);
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <PreferencesProvider>
      <Language>
        <QueryClientProvider client={queryClient}>
          <TooltipProvider delayDuration={400}>
            <ToastProvider>
              <RouterProvider router={router} />
            </ToastProvider>
          </TooltipProvider>
        </QueryClientProvider>
      </Language>
    </PreferencesProvider>
  </StrictMode>,
);
