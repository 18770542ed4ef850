import { useFormatter, useTranslations } from "use-intl";
import type { Dashboard } from "@/api/hub";
import { Skeleton } from "@/ui/Feedback";

const FIGURES = [
  { name: "projects", field: "projects", service: "projects" },
  { name: "documents", field: "documents", service: "documents" },
  { name: "passages", field: "chunks", service: "documents" },
  { name: "conversations", field: "conversations", service: "chat" },
] as const;

/** How much the hub holds; what a service that is down would say is not known. */
export function Figures({ dashboard }: { dashboard: Dashboard | undefined }) {
  const t = useTranslations("dashboard.figures");
  return (
    <section aria-label={t("title")}>
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border border-line bg-line sm:grid-cols-4">
        {FIGURES.map(({ name, field, service }) => (
          <div key={name} className="flex flex-col bg-canvas px-4 py-3">
            <dt className="text-muted text-xs">{t(name)}</dt>
            <dd>
              {dashboard ? (
                <Figure value={dashboard[field]} service={service} />
              ) : (
                <Skeleton className="my-1 h-6 w-16" />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Figure({ value, service }: { value: number | null; service: string }) {
  const t = useTranslations("dashboard.figures");
  const format = useFormatter();
  if (value === null) return <span className="text-warning text-xs">{t("unavailable", { service })}</span>;
  return <span className="font-semibold text-lg tabular-nums">{format.number(value)}</span>;
}
