import { useCallback } from "react";
import { useTranslations } from "use-intl";
import { useToast } from "@/ui/toast";

/** Copies a text and says `done`, or that the browser didn't allow it; whether it did. Never throws. */
export function useCopy(): (text: string, done: string) => Promise<boolean> {
  const t = useTranslations("ui");
  const showToast = useToast();
  return useCallback(
    async (text, done) => {
      try {
        await navigator.clipboard.writeText(text); // there is no clipboard at all on plain http
      } catch {
        showToast(t("notCopied"));
        return false;
      }
      showToast(done);
      return true;
    },
    [t, showToast],
  );
}
