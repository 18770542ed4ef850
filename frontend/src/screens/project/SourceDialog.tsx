import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { applySync } from "@/api/projectEvents";
import { changeSource, createSource, projectKey, type Source, syncSource } from "@/api/projects";
import { CREDENTIAL_FIELDS, CredentialFields } from "@/screens/project/CredentialFields";
import { type CredentialDraft, draftFor } from "@/screens/project/credentialDraft";
import { fieldError, formError } from "@/screens/project/fieldErrors";
import { REPOSITORY_FIELDS, RepositoryFields } from "@/screens/project/RepositoryFields";
import { dropsCredential, suggestName } from "@/screens/project/repositoryUrl";
import { ScheduleField } from "@/screens/project/ScheduleField";
import { changesOf, type SourceValues, valuesOf } from "@/screens/project/sourceValues";
import { useFocusInvalid } from "@/screens/project/useFocusInvalid";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { useErrorSentence } from "@/ui/errorSentence";
import { Field, TextInput } from "@/ui/Field";
import { useToast } from "@/ui/toast";

interface SourceDialogProps {
  projectId: number;
  /** The source to change; null adds one. */
  source: Source | null;
  isOpen: boolean;
  onClose: () => void;
}

/** Adds or changes a source; either way it is synced at once when what is read has changed. */
export function SourceDialog(props: SourceDialogProps) {
  const t = useTranslations("project.sources");
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={props.source ? t("editTitle") : t("addTitle")}
      size="md"
    >
      <SourceForm {...props} />
    </Dialog>
  );
}

function SourceForm({ projectId, source, onClose }: SourceDialogProps) {
  const t = useTranslations("project.fields");
  const tSources = useTranslations("project.sources");
  const tUi = useTranslations("ui");
  const [values, setValues] = useState(() => valuesOf(source));
  const [draft, setDraft] = useState(() => draftFor(source));
  const [isNamed, setNamed] = useState(source !== null);
  const saving = useSaving(projectId, source, onClose);
  const form = useFocusInvalid(saving.error);
  const change = (changes: Partial<SourceValues>) => setValues({ ...values, ...changes });
  const name = isNamed ? values.name : suggestName(values.repo_url);
  const unshown = formError(saving.error, ["name", "schedule", ...REPOSITORY_FIELDS, ...CREDENTIAL_FIELDS]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate({ values: { ...values, name }, draft });
  };
  const rename = (typed: string) => {
    setNamed(true);
    change({ name: typed });
  };
  return (
    <form ref={form} onSubmit={submit} className="flex flex-col gap-4 p-4">
      <RepositoryFields values={values} onChange={change} error={saving.error} />
      <Field label={t("name")} hint={t("sourceNameHint")} error={fieldError(saving.error, "name")} isRequired>
        <TextInput value={name} required maxLength={255} onChange={(event) => rename(event.target.value)} />
      </Field>
      <CredentialFields
        draft={draft}
        onChange={(changes) => setDraft({ ...draft, ...changes })}
        stored={source?.credential_kind ?? null}
        isDropped={source !== null && dropsCredential(source.repo_url, values.repo_url)}
        repoUrl={values.repo_url}
        error={saving.error}
      />
      <ScheduleField
        value={values.schedule}
        onChange={(schedule) => change({ schedule })}
        source={source}
        error={saving.error}
      />
      {unshown && <ErrorNotice error={unshown} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{tUi("cancel")}</Button>
        <Button type="submit" look="primary" isBusy={saving.isPending}>
          {source ? tSources("save") : tSources("add")}
        </Button>
      </div>
    </form>
  );
}

function useSaving(projectId: number, source: Source | null, onClose: () => void) {
  const client = useQueryClient();
  const toast = useToast();
  const sentence = useErrorSentence();
  return useMutation({
    mutationFn: async ({ values, draft }: { values: SourceValues; draft: CredentialDraft }) => {
      const { body, isReadAnew } = changesOf(source, values, draft);
      const saved = source ? await changeSource(source.id, body) : await createSource(projectId, body);
      return { saved, isReadAnew };
    },
    onSuccess: async ({ saved, isReadAnew }) => {
      onClose();
      try {
        if (isReadAnew) for (const run of await syncSource(saved.id)) applySync(client, projectId, run);
      } catch (error) {
        // The source is saved all the same; its row has the button to try again.
        if (error instanceof Error) toast(sentence(error));
      }
      void client.invalidateQueries({ queryKey: projectKey(projectId) });
      void client.invalidateQueries({ queryKey: ["projects"] });
    },
  });
}
