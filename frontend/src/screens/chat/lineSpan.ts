import { useTranslations } from "use-intl";

/** Says which lines of a file are meant; 1-based, inclusive. */
export function useLineSpan(): (from: number, to: number) => string {
  const t = useTranslations("chat");
  return (from, to) => (from === to ? t("line", { at: from }) : t("lines", { from, to }));
}
