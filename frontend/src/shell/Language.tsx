import { type ReactNode, useEffect, useState } from "react";
import { IntlProvider } from "use-intl";
import { en, type FirstMessages, type Messages } from "@/messages/en";
import { type Language as Code, languageOf, usePreferences } from "@/shell/preferences";

/** Gives the page its language. English is at hand; French is loaded when it is wanted. */
export function Language({ children }: { children: ReactNode }) {
  const { preferences } = usePreferences();
  const wanted = languageOf(preferences);
  const [loaded, setLoaded] = useState<Loaded | null>(wanted === "en" ? ENGLISH : null);
  useEffect(() => {
    let isCurrent = true;
    void load(wanted).then((language) => {
      if (isCurrent) setLoaded(language);
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
      messages={loaded.messages as Messages} // the late ones come with their screens (`WithTexts`)
      timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}
    >
      {children}
    </IntlProvider>
  );
}

interface Loaded {
  code: Code;
  messages: FirstMessages;
}

const ENGLISH: Loaded = { code: "en", messages: en };

async function load(code: Code): Promise<Loaded> {
  if (code === "en") return ENGLISH;
  try {
    return { code, messages: (await import("@/messages/fr")).fr };
  } catch {
    return ENGLISH; // rather than an empty page
  }
}
