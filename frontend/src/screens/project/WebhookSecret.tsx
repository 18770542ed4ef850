import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { projectKey, type Source } from "@/api/projects";
import { createWebhook, removeWebhook } from "@/api/sources";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { Panel } from "@/ui/Panel";
import { useCopy } from "@/ui/useCopy";

type Asked = "renew" | "remove" | null;

/** The secret that deliveries are signed with: made here, shown once, and taken back. */
export function WebhookSecret({ source }: { source: Source }) {
  const t = useTranslations("project.webhook");
  const [asked, setAsked] = useState<Asked>(null);
  const { creation, removal } = useWebhook(source, () => setAsked(null));
  const secret = source.has_webhook ? creation.data?.secret : undefined;
  return (
    <Panel title={t("secret")}>
      <div className="flex flex-col gap-3 p-4">
        <div role="status">
          {secret ? <Shown secret={secret} /> : <p>{t(source.has_webhook ? "secretKept" : "secretNone")}</p>}
        </div>
        {creation.error && asked === null && <ErrorNotice error={creation.error} />}
        <div className="flex flex-wrap gap-2">
          {source.has_webhook ? (
            <>
              <Button onClick={() => setAsked("renew")}>{t("renew")}</Button>
              <Button look="danger" onClick={() => setAsked("remove")}>
                {t("remove")}
              </Button>
            </>
          ) : (
            <Button look="primary" isBusy={creation.isPending} onClick={() => creation.mutate()}>
              {t("create")}
            </Button>
          )}
        </div>
      </div>
      <ConfirmDialog
        isOpen={asked === "renew"}
        onClose={() => setAsked(null)}
        onConfirm={() => creation.mutate()}
        title={t("renewTitle")}
        confirmLabel={t("renew")}
        isBusy={creation.isPending}
        error={creation.error}
      >
        <p>{t("renewText")}</p>
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={asked === "remove"}
        onClose={() => setAsked(null)}
        onConfirm={() => removal.mutate()}
        title={t("removeTitle")}
        confirmLabel={t("remove")}
        isBusy={removal.isPending}
        error={removal.error}
      >
        <p>{t("removeText")}</p>
      </ConfirmDialog>
    </Panel>
  );
}

function useWebhook(source: Source, onDone: () => void) {
  const client = useQueryClient();
  const finish = (hasWebhook: boolean) => {
    noteWebhook(client, source, hasWebhook);
    onDone();
  };
  const creation = useMutation({
    gcTime: 0,
    mutationFn: () => createWebhook(source.id),
    onSuccess: () => finish(true),
  });
  const removal = useMutation({ mutationFn: () => removeWebhook(source.id), onSuccess: () => finish(false) });
  return { creation, removal };
}

function noteWebhook(client: QueryClient, source: Source, hasWebhook: boolean): void {
  client.setQueryData<Source[]>([...projectKey(source.project_id), "sources"], (listed) =>
    listed?.map((each) => (each.id === source.id ? { ...each, has_webhook: hasWebhook } : each)),
  );
}

function Shown({ secret }: { secret: string }) {
  const t = useTranslations("project.webhook");
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line bg-success-soft p-3">
      <p className="font-semibold">{t("secretOnce")}</p>
      <Copied text={secret} label={t("copySecret")} done={t("secretCopied")} />
    </div>
  );
}

/** A text to be copied somewhere else. */
export function Copied({ text, label, done }: { text: string; label: string; done: string }) {
  const copy = useCopy();
  return (
    <p className="flex items-center gap-1 rounded-md border border-line bg-canvas py-0.5 pr-0.5 pl-3">
      <code className="min-w-0 grow break-all font-mono text-xs">{text}</code>
      <IconButton label={label} icon={<Copy aria-hidden className="size-4" />} onClick={() => void copy(text, done)} />
    </p>
  );
}
