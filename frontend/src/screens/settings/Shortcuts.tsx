import { useTranslations } from "use-intl";
import { ShortcutTable } from "@/shell/ShortcutOverlay";
import { Panel } from "@/ui/Panel";

/** All shortcuts, to read at leisure. */
export function Shortcuts() {
  const t = useTranslations("settings");
  return (
    <>
      <title>{`${t("shortcuts")} · BMADFlow`}</title>
      <Panel title={t("shortcuts")}>
        <p className="px-4 pt-4 text-muted">{t("shortcutsLead")}</p>
        <ShortcutTable />
      </Panel>
    </>
  );
}
