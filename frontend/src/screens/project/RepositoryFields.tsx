import { useState } from "react";
import { useTranslations } from "use-intl";
import { fieldError } from "@/screens/project/fieldErrors";
import { urlHint } from "@/screens/project/repositoryUrl";
import { Field, TextInput } from "@/ui/Field";

/** Where documents are, as typed: "" stands for nothing given. */
export interface RepositoryValues {
  repo_url: string;
  branch: string;
  docs_path: string;
}

export const REPOSITORY_FIELDS = ["repo_url", "branch", "docs_path"] as const;
export const NO_REPOSITORY: RepositoryValues = { repo_url: "", branch: "", docs_path: "" };

interface RepositoryFieldsProps {
  values: RepositoryValues;
  onChange: (changes: Partial<RepositoryValues>) => void;
  error: Error | null;
}

/** Address, branch and folder of a repository. */
export function RepositoryFields({ values, onChange, error }: RepositoryFieldsProps) {
  const t = useTranslations("project.fields");
  return (
    <>
      <AddressField value={values.repo_url} onChange={(repo_url) => onChange({ repo_url })} error={error} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={t("branch")} hint={t("branchHint")} error={fieldError(error, "branch")}>
          <TextInput
            value={values.branch}
            maxLength={250}
            spellCheck={false}
            onChange={(event) => onChange({ branch: event.target.value })}
          />
        </Field>
        <Field label={t("folder")} hint={t("folderHint")} error={fieldError(error, "docs_path")}>
          <TextInput
            value={values.docs_path}
            maxLength={1000}
            placeholder="docs"
            spellCheck={false}
            onChange={(event) => onChange({ docs_path: event.target.value })}
          />
        </Field>
      </div>
    </>
  );
}

interface AddressFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: Error | null;
}

/** The address; what looks wrong with it is said once the field is left, and only as a hint. */
function AddressField({ value, onChange, error }: AddressFieldProps) {
  const t = useTranslations("project.fields");
  const [isLeft, setLeft] = useState(value !== "");
  const refusal = fieldError(error, "repo_url");
  const doubt = isLeft && !refusal ? urlHint(value) : null;
  const hint = doubt ? <span className="text-warning">{t(`addressDoubts.${doubt}`)}</span> : t("addressHint");
  return (
    <Field label={t("address")} hint={hint} error={refusal} isRequired>
      <TextInput
        value={value}
        required
        maxLength={2000}
        placeholder="https://github.com/acme/shop-docs.git"
        spellCheck={false}
        inputMode="url"
        onBlur={() => setLeft(true)}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
