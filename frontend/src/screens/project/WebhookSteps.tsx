import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Source } from "@/api/projects";
import { styleName } from "@/markdown/repositoryHost";
import { HOSTS, type Host, webhookSettings } from "@/screens/project/webhookHosts";
import { Panel } from "@/ui/Panel";

const NAMES: Record<Host, string> = {
  github: "GitHub",
  gitlab: "GitLab",
  gitea: "Gitea, Forgejo",
  bitbucket: "Bitbucket",
};
const STEPS = ["open", "address", "secret", "events", "save"] as const;
const CHOICE =
  "rounded-md px-2 py-1 hover:bg-hover aria-[current=page]:bg-hover aria-[current=page]:font-semibold aria-[current=page]:text-fg";

/** What to do at the git host, one after the other. */
export function WebhookSteps({ source, host }: { source: Source; host: Host }) {
  const t = useTranslations("project.webhook");
  const settings = styleName(source.repo_url) === host ? webhookSettings(source.repo_url) : null;
  return (
    <Panel title={t("atHost")}>
      <nav aria-label={t("hosts")} className="border-line-muted border-b p-2">
        <ul className="flex flex-wrap gap-1 text-muted">
          {HOSTS.map((each) => (
            <li key={each} className="flex">
              <Link
                to="."
                search={{ host: each }}
                replace
                resetScroll={false}
                aria-current={each === host ? "page" : undefined}
                className={CHOICE}
              >
                {NAMES[each]}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <ol className="flex list-decimal flex-col gap-2 py-4 pr-4 pl-9">
        {STEPS.map((step) => (
          <li key={step}>
            {t.rich(`steps.${host}.${step}`, { b: (chunks) => <strong className="font-semibold">{chunks}</strong> })}
            {step === "open" && settings && (
              <>
                {" "}
                <a href={settings} target="_blank" rel="noreferrer" className="link">
                  {t("toSettings")}
                </a>
              </>
            )}
          </li>
        ))}
      </ol>
      <p className="border-line-muted border-t px-4 py-3 text-muted text-xs">{t("after")}</p>
    </Panel>
  );
}
