import { Link, Outlet } from "@tanstack/react-router";
import { Info, Keyboard, Palette } from "lucide-react";
import { useTranslations } from "use-intl";
import { Page, PageHeader } from "@/ui/Panel";

const LINK =
  "flex items-center gap-2 whitespace-nowrap rounded-md px-2 py-1.5 hover:bg-hover aria-[current=page]:bg-hover aria-[current=page]:font-semibold";
const ICON = "size-4 text-muted";

/** What stands beside every page of the settings. */
export function Settings() {
  const t = useTranslations("settings");
  return (
    <Page>
      <PageHeader title={t("title")} />
      <div className="grid items-start gap-x-8 gap-y-4 md:grid-cols-[12rem_minmax(0,1fr)]">
        <nav aria-label={t("navigation")} className="overflow-x-auto">
          <ul className="flex gap-1 md:flex-col">
            <li>
              <Link to="/settings/appearance" className={LINK}>
                <Palette aria-hidden className={ICON} />
                {t("appearance")}
              </Link>
            </li>
            <li>
              <Link to="/settings/shortcuts" className={LINK}>
                <Keyboard aria-hidden className={ICON} />
                {t("shortcuts")}
              </Link>
            </li>
            <li>
              <Link to="/settings/about" className={LINK}>
                <Info aria-hidden className={ICON} />
                {t("about")}
              </Link>
            </li>
          </ul>
        </nav>
        <div className="flex min-w-0 flex-col gap-4">
          <Outlet />
        </div>
      </div>
    </Page>
  );
}
