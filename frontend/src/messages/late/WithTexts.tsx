import { type ReactNode, useMemo } from "react";
import { IntlProvider, useLocale, useMessages } from "use-intl";
import type { Messages } from "@/messages/en";

type Part = Partial<Messages>;

/**
 * Gives a screen the texts that the first load is spared. They are in the screen's own chunk, in both languages: so they
 * are there when it is, and switching the language waits for nothing.
 */
export function WithTexts({ texts, children }: { texts: { en: Part; fr: Part }; children: ReactNode }) {
  const locale = useLocale();
  const before = useMessages();
  const messages = useMemo(() => ({ ...before, ...texts[locale] }) as Messages, [before, texts, locale]);
  return (
    <IntlProvider locale={locale} messages={messages}>
      {children}
    </IntlProvider>
  );
}
