import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { deleteProject, type Project, projectKey } from "@/api/projects";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Field, TextInput } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import { useToast } from "@/ui/toast";

/** Deletes a project once its name was typed. */
export function DeleteProject({ project }: { project: Project }) {
  const t = useTranslations("project.edit");
  const [isAsking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const deletion = useDeletion(project);
  const { name } = project;
  const ask = () => {
    setTyped("");
    setAsking(true);
  };
  return (
    <Panel title={t("dangerTitle")}>
      <div className="flex flex-wrap items-center gap-3 p-4">
        <p className="min-w-60 grow basis-0">{t("dangerText")}</p>
        <Button look="danger" onClick={ask}>
          {t("delete")}
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={() => deletion.mutate()}
        title={t("deleteTitle", { name })}
        confirmLabel={t("delete")}
        isReady={typed.trim() === name}
        isBusy={deletion.isPending || deletion.isSuccess}
        error={deletion.error}
      >
        <p>{t("deleteText")}</p>
        <Field label={t("typeName", { name })}>
          <TextInput value={typed} spellCheck={false} onChange={(event) => setTyped(event.target.value)} />
        </Field>
      </ConfirmDialog>
    </Panel>
  );
}

function useDeletion(project: Project) {
  const t = useTranslations("project.edit");
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return useMutation({
    mutationFn: () => deleteProject(project.id),
    onSuccess: async () => {
      toast(t("deleted", { name: project.name }));
      for (const name of ["projects", "dashboard"]) void client.invalidateQueries({ queryKey: [name] });
      await navigate({ to: "/" });
      // Only now: a screen of the project would read it anew and say that it is gone.
      client.removeQueries({ queryKey: projectKey(project.id) });
    },
  });
}
