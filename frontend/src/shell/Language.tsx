import { type ReactNode, useEffect, useState } from "react";
import { IntlProvider } from "use-intl";
import { en, type Messages } from "@/messages/en";
import { type Language as Code, languageOf, usePreferences } from "@/shell/preferences";

/** Gives the page its language. English is at hand; French is loaded when it is wanted. */
export function Language({ children }: { children: ReactNode }) {
  const { preferences } = usePreferences();
  const wanted = languageOf(preferences);
  const [loaded, setLoaded] = useState<{ code: Code; messages: Messages } | null>(
    wanted === "en" ? { code: "en", messages: en } : null,
  );
  useEffect(() => {
    let isCurrent = true;
    void loadMessages(wanted).then((messages) => {
      if (isCurrent) setLoaded({ code: wanted, messages });
    });
    return () => {
      isCurrent = false;
    };
  }, [wanted]);
  useEffect(() => {
    if (loaded) document.documentElement.lang = loaded.code;
  }, [loaded]);
  if (!loaded) return null;
  return (
    <IntlProvider
      locale={loaded.code}
      messages={loaded.messages}
      timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}
    >
      {children}
    </IntlProvider>
  );
}

async function loadMessages(code: Code): Promise<Messages> {
  return code === "fr" ? (await import("@/messages/fr")).fr : en;
}
