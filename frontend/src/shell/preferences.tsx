import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "fr";

/** What a person chose for this browser; `language` null follows the browser. */
export interface Preferences {
  theme: Theme;
  language: Language | null;
}

const KEY = "bmadflow.preferences";
const DEFAULTS: Preferences = { theme: "system", language: null };

/** What is stored; anything unreadable counts as not stored. */
export function readPreferences(): Preferences {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    return {
      theme: stored.theme === "light" || stored.theme === "dark" ? stored.theme : DEFAULTS.theme,
      language: stored.language === "en" || stored.language === "fr" ? stored.language : DEFAULTS.language,
    };
  } catch {
    return DEFAULTS;
  }
}

/** Applies the theme to the page; called before the first paint too. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function languageOf(preferences: Preferences): Language {
  return preferences.language ?? (navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en");
}

interface PreferencesValue {
  preferences: Preferences;
  change: (changes: Partial<Preferences>) => void;
}

const PreferencesContext = createContext<PreferencesValue>({ preferences: DEFAULTS, change: () => undefined });

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [preferences, setPreferences] = useState(readPreferences);
  useEffect(() => applyTheme(preferences.theme), [preferences.theme]);
  const change = useCallback((changes: Partial<Preferences>) => {
    setPreferences((current) => {
      const next = { ...current, ...changes };
      try {
        localStorage.setItem(KEY, JSON.stringify(next));
      } catch {
        // A browser that stores nothing keeps the choice until the page is closed.
      }
      return next;
    });
  }, []);
  const value = useMemo(() => ({ preferences, change }), [preferences, change]);
  return <PreferencesContext value={value}>{children}</PreferencesContext>;
}

export function usePreferences(): PreferencesValue {
  return useContext(PreferencesContext);
}
