import { useTranslations } from "use-intl";
import { GROUPS, SHORTCUTS, type ShortcutGroup, type ShortcutId } from "@/shell/shortcutList";
import { Dialog } from "@/ui/Dialog";
import { Keys } from "@/ui/Keys";

/** All shortcuts, by where they work. */
export function ShortcutOverlay({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const t = useTranslations("shell");
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t("shortcutsTitle")} size="md">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
      <section tabIndex={0} aria-label={t("shortcutsTitle")}>
        <ShortcutTable />
      </section>
    </Dialog>
  );
}

export function ShortcutTable() {
  return (
    <div className="grid gap-x-8 gap-y-4 p-4 sm:grid-cols-2">
      {GROUPS.map((group) => (
        <Group key={group} group={group} />
      ))}
    </div>
  );
}

function Group({ group }: { group: ShortcutGroup }) {
  const t = useTranslations("shell");
  const ids = (Object.keys(SHORTCUTS) as ShortcutId[]).filter((id) => SHORTCUTS[id].group === group);
  return (
    <div>
      <h3 className="mb-1 font-semibold text-sm">{t(`groups.${group}`)}</h3>
      <dl>
        {ids.map((id) => (
          <div key={id} className="flex items-center gap-2 border-line-muted border-b py-1.5">
            <dt className="grow">{t(`shortcuts.${id}`)}</dt>
            {SHORTCUTS[id].keys.map((keys) => (
              <dd key={keys}>
                <Keys shortcut={keys} />
              </dd>
            ))}
          </div>
        ))}
      </dl>
    </div>
  );
}
