import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import type { Health } from "@/api/hub";
import { Badge, type Tone } from "@/ui/Badge";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";
import { Panel } from "@/ui/Panel";

const TONES: Record<Health["status"], Tone> = { ok: "success", degraded: "warning", down: "danger" };
const SERVICES = ["projects", "documents", "chat"] as const;

type Service = NonNullable<Health["services"][string]>;

/** How each service is right now. */
export function HealthPanel({ health }: { health: UseQueryResult<Health> }) {
  const t = useTranslations("settings");
  return (
    <Panel
      title={t("health")}
      actions={health.data && <Badge tone={TONES[health.data.status]}>{t(`overall.${health.data.status}`)}</Badge>}
    >
      {health.isPending && <SkeletonRows count={3} className="p-4" />}
      {health.isError && (
        <div className="p-4">
          <ErrorNotice error={health.error} onRetry={() => void health.refetch()} />
        </div>
      )}
      {health.data && !health.isError && <Services health={health.data} />}
    </Panel>
  );
}

function Services({ health }: { health: Health }) {
  const t = useTranslations("settings");
  return (
    <>
      <p role="status" className="px-4 pt-4">
        {t(`healthText.${health.status}`)}
      </p>
      <ul className="px-4 py-2">
        {Object.entries(health.services).map(([name, service]) => (
          <ServiceRow key={name} name={name} service={service} />
        ))}
      </ul>
      <p className="border-line-muted border-t px-4 py-2 text-muted text-xs">{t("healthChecked")}</p>
    </>
  );
}

function ServiceRow({ name, service }: { name: string; service: Service }) {
  const t = useTranslations("settings");
  const known = SERVICES.find((each) => each === name);
  return (
    <li className="flex items-start gap-3 border-line-muted border-t py-2 first:border-t-0">
      <div className="min-w-0 grow">
        <p className="font-semibold">{name}</p>
        {known && <p className="text-muted text-xs">{t(`services.${known}`)}</p>}
        <ul className="flex flex-wrap gap-x-3 text-muted text-xs">
          {service.version && <li>{t("serviceVersion", { version: service.version })}</li>}
          {Object.entries(service.checks ?? {}).map(([check, state]) => (
            <li key={check} className={state === "ok" ? undefined : "text-danger"}>
              {t("checks", { name: check, state: t(`serviceStates.${state}`) })}
            </li>
          ))}
        </ul>
      </div>
      <Badge tone={TONES[service.status]}>{t(`serviceStates.${service.status}`)}</Badge>
    </li>
  );
}
