import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { providersQuery } from "@/api/chat";
import type { Schemas } from "@/api/client";
import { Badge } from "@/ui/Badge";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";
import { Panel } from "@/ui/Panel";

/** What answers questions in this hub. */
export function ProvidersPanel() {
  const t = useTranslations("settings");
  const providers = useQuery(providersQuery);
  return (
    <Panel title={t("providers")}>
      {providers.isPending && <SkeletonRows count={2} className="p-4" />}
      {providers.isError && (
        <div className="p-4">
          <ErrorNotice error={providers.error} onRetry={() => void providers.refetch()} />
        </div>
      )}
      {providers.data && <ProviderList providers={providers.data} />}
    </Panel>
  );
}

function ProviderList({ providers }: { providers: Schemas["LLMProviderResponse"][] }) {
  const t = useTranslations("settings");
  if (providers.length === 0) return <p className="p-4 text-muted">{t("noProviders")}</p>;
  return (
    <div className="p-4">
      <p className="text-muted">{t("providersHint")}</p>
      <ul>
        {providers.map((provider) => (
          <li
            key={provider.id}
            className="flex flex-wrap items-center gap-x-3 border-line-muted border-t py-2 first:border-t-0"
          >
            <span className="font-semibold">{provider.name}</span>
            {provider.model !== provider.kind && <span className="font-mono text-xs">{provider.model}</span>}
            <span className="text-muted text-xs">{provider.kind}</span>
            {provider.is_default && <Badge tone="accent">{t("default")}</Badge>}
          </li>
        ))}
      </ul>
      {providers.some((provider) => provider.kind === "extractive") && (
        <p className="border-line-muted border-t pt-2 text-muted text-xs">{t("extractive")}</p>
      )}
    </div>
  );
}
