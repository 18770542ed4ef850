import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslations } from "use-intl";
import type { ProjectCreate } from "@/api/projects";
import { CREDENTIAL_FIELDS, CredentialFields } from "@/screens/project/CredentialFields";
import { credentialOf, draftFor } from "@/screens/project/credentialDraft";
import { fieldError, formError } from "@/screens/project/fieldErrors";
import { NO_REPOSITORY, REPOSITORY_FIELDS, RepositoryFields } from "@/screens/project/RepositoryFields";
import { suggestName } from "@/screens/project/repositoryUrl";
import { useFocusInvalid } from "@/screens/project/useFocusInvalid";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { Field, TextArea, TextInput } from "@/ui/Field";

interface NewProjectFormProps {
  error: Error | null;
  isBusy: boolean;
  onSubmit: (body: ProjectCreate) => void;
  cancel: ReactNode;
}

/** The address comes first, because it suggests the name. */
export function NewProjectForm({ error, isBusy, onSubmit, cancel }: NewProjectFormProps) {
  const t = useTranslations("project.fields");
  const [repository, setRepository] = useState(NO_REPOSITORY);
  const [draft, setDraft] = useState(() => draftFor(null));
  const [typedName, setTypedName] = useState<string | null>(null);
  const [description, setDescription] = useState("");
  const form = useFocusInvalid(error);
  const name = typedName ?? suggestName(repository.repo_url);
  const unshown = formError(error, ["name", "description", ...REPOSITORY_FIELDS, ...CREDENTIAL_FIELDS]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const credential = credentialOf(draft, false);
    onSubmit({
      name,
      repo_url: repository.repo_url.trim(),
      branch: repository.branch.trim() || null,
      docs_path: repository.docs_path.trim() || null,
      description: description.trim() || null,
      ...(credential && { credential }),
    });
  };
  return (
    <form ref={form} onSubmit={submit} className="flex flex-col gap-4">
      <RepositoryFields
        values={repository}
        onChange={(changes) => setRepository({ ...repository, ...changes })}
        error={error}
      />
      <CredentialFields
        draft={draft}
        onChange={(changes) => setDraft({ ...draft, ...changes })}
        stored={null}
        isDropped={false}
        repoUrl={repository.repo_url}
        error={error}
      />
      <Field label={t("name")} hint={t("projectNameHint")} error={fieldError(error, "name")} isRequired>
        <TextInput value={name} required maxLength={255} onChange={(event) => setTypedName(event.target.value)} />
      </Field>
      <DescriptionField value={description} onChange={setDescription} error={error} />
      {unshown && <ErrorNotice error={unshown} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {t("createProject")}
        </Button>
        {cancel}
      </div>
    </form>
  );
}

interface DescriptionFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: Error | null;
}

export function DescriptionField({ value, onChange, error }: DescriptionFieldProps) {
  const t = useTranslations("project.fields");
  return (
    <Field label={t("description")} hint={t("descriptionHint")} error={fieldError(error, "description")}>
      <TextArea value={value} rows={3} maxLength={10_000} onChange={(event) => onChange(event.target.value)} />
    </Field>
  );
}
