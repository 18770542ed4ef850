import { useTranslations } from "use-intl";
import { ThemePreview } from "@/screens/settings/ThemePreview";
import { type Language, type Theme, usePreferences } from "@/shell/preferences";
import { Panel } from "@/ui/Panel";

const THEMES: Theme[] = ["system", "light", "dark"];
const LANGUAGES: (Language | null)[] = [null, "en", "fr"];

/** How the client looks in this browser. */
export function Appearance() {
  const t = useTranslations("settings");
  return (
    <>
      <title>{`${t("appearance")} · BMADFlow`}</title>
      <Panel title={t("theme")}>
        <ThemeChoice />
      </Panel>
      <Panel title={t("language")}>
        <LanguageChoice />
      </Panel>
    </>
  );
}

function ThemeChoice() {
  const t = useTranslations("settings");
  const { preferences, change } = usePreferences();
  return (
    <fieldset className="p-4">
      <legend className="sr-only">{t("theme")}</legend>
      <div className="grid gap-3 sm:grid-cols-3">
        {THEMES.map((theme) => (
          <label
            key={theme}
            className="flex cursor-pointer flex-col gap-2 rounded-md border border-line p-3 hover:bg-hover has-checked:border-accent has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <ThemePreview theme={theme} />
            <span className="flex items-center gap-2">
              <input
                type="radio"
                name="theme"
                className="size-4 accent-accent-strong"
                checked={preferences.theme === theme}
                onChange={() => change({ theme })}
              />
              <span>
                <span className="font-semibold">{t(`themes.${theme}`)}</span>
                <span className="block text-xs">{t(`themeHints.${theme}`)}</span>
              </span>
            </span>
          </label>
        ))}
      </div>
      <p className="mt-3 text-muted text-xs">{t("themeHint")}</p>
    </fieldset>
  );
}

function LanguageChoice() {
  const t = useTranslations("settings");
  const { preferences, change } = usePreferences();
  return (
    <fieldset className="p-4">
      <legend className="sr-only">{t("language")}</legend>
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        {LANGUAGES.map((language) => (
          <label key={language} className="flex min-h-6 cursor-pointer items-center gap-2">
            <input
              type="radio"
              name="language"
              className="size-4 accent-accent-strong"
              checked={preferences.language === language}
              onChange={() => change({ language })}
            />
            <span {...(language ? { lang: language } : {})}>{t(`languages.${language ?? "system"}`)}</span>
          </label>
        ))}
      </div>
      <p className="mt-3 text-muted text-xs">{t("languageHint")}</p>
    </fieldset>
  );
}
