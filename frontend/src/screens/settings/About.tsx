import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { useTranslations } from "use-intl";
import { healthQuery } from "@/api/hub";
import { HealthPanel } from "@/screens/settings/HealthPanel";
import { ProvidersPanel } from "@/screens/settings/ProvidersPanel";
import { Panel } from "@/ui/Panel";

const CHECKED_MS = 10_000;
const LINKS = [
  { name: "apiDocs", href: "/api/docs" },
  { name: "apiReference", href: "/api/redoc" },
  { name: "openApi", href: "/api/openapi.json" },
  { name: "asyncApi", href: "/api/asyncapi.json" },
  { name: "licenses", href: "/licenses.txt" },
] as const;

/** What runs here, and how well. */
export function About() {
  const t = useTranslations("settings");
  const health = useQuery({ ...healthQuery, refetchInterval: CHECKED_MS });
  return (
    <>
      <title>{`${t("about")} · BMADFlow`}</title>
      <Panel title="BMADFlow">
        <div className="flex flex-col gap-1 p-4">
          {health.data && <p>{t("version", { version: health.data.version })}</p>}
          <p className="text-muted">{t("license")}</p>
        </div>
      </Panel>
      <HealthPanel health={health} />
      <ProvidersPanel />
      <Panel title={t("apis")}>
        <ul className="flex flex-col gap-1 p-4">
          {LINKS.map(({ name, href }) => (
            <li key={name}>
              <a href={href} target="_blank" rel="noreferrer" className="link inline-flex min-h-6 items-center gap-1.5">
                {t(name)}
                <ExternalLink aria-hidden className="size-3.5" />
              </a>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}
