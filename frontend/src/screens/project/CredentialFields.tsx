import { KeyRound } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import { styleName } from "@/markdown/repositoryHost";
import { CREDENTIAL_KINDS, type CredentialDraft, type CredentialKind } from "@/screens/project/credentialDraft";
import { fieldError } from "@/screens/project/fieldErrors";
import { fitsAddress, originOf } from "@/screens/project/repositoryUrl";
import { SecretFields } from "@/screens/project/SecretFields";
import { Button } from "@/ui/Button";
import { Field, Select } from "@/ui/Field";

export const CREDENTIAL_FIELDS = ["credential", "token", "username", "password", "private_key", "passphrase"] as const;

interface CredentialFieldsProps {
  draft: CredentialDraft;
  onChange: (changes: Partial<CredentialDraft>) => void;
  /** The kind that is stored; null for none. */
  stored: CredentialKind | null;
  /** Whether the stored one will be dropped, because the address is another server's now. */
  isDropped: boolean;
  repoUrl: string;
  error: Error | null;
}

/** What opens the repository. What is stored can be replaced or removed, never read. */
export function CredentialFields({ draft, onChange, stored, isDropped, repoUrl, error }: CredentialFieldsProps) {
  const t = useTranslations("project.credential");
  const isStoredShown = stored !== null && (draft.choice === "keep" || draft.choice === "remove");
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className={isStoredShown ? "mb-1 font-semibold text-sm" : "sr-only"}>{t("legend")}</legend>
      {isStoredShown ? (
        <Stored kind={stored} choice={draft.choice} isDropped={isDropped} onChange={onChange} error={error} />
      ) : (
        <>
          <KindField draft={draft} onChange={onChange} repoUrl={repoUrl} error={error} isReplacing={stored !== null} />
          <SecretFields draft={draft} onChange={onChange} error={error} />
          {stored && (
            <div>
              <Button size="sm" onClick={() => onChange({ choice: "keep" })}>
                {t("keep")}
              </Button>
            </div>
          )}
        </>
      )}
    </fieldset>
  );
}

interface StoredProps {
  kind: CredentialKind;
  choice: CredentialDraft["choice"];
  isDropped: boolean;
  onChange: (changes: Partial<CredentialDraft>) => void;
  error: Error | null;
}

function Stored({ kind, choice, isDropped, onChange, error }: StoredProps) {
  const t = useTranslations("project.credential");
  const refusal = fieldError(error, "credential");
  const isKept = choice === "keep";
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line bg-subtle p-3">
      <p className="flex items-start gap-2 text-sm">
        <KeyRound aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
        <span>
          <strong className="block font-semibold">{t(`kinds.${kind}`)}</strong>
          {isKept ? t("stored") : t("willBeRemoved")}
        </span>
      </p>
      {isKept && isDropped && (
        <p role="status" className="text-warning text-xs">
          {t("dropped")}
        </p>
      )}
      {refusal && <p className="text-danger text-xs">{refusal}</p>}
      <div className="flex flex-wrap gap-2">
        <Button size="sm" onClick={() => onChange({ choice: kind })}>
          {t("replace")}
        </Button>
        {isKept ? (
          <Button size="sm" onClick={() => onChange({ choice: "remove" })}>
            {t("remove")}
          </Button>
        ) : (
          <Button size="sm" onClick={() => onChange({ choice: "keep" })}>
            {t("keep")}
          </Button>
        )}
      </div>
    </div>
  );
}

interface KindFieldProps extends Pick<CredentialFieldsProps, "draft" | "onChange" | "repoUrl" | "error"> {
  /** Takes the focus then: the button that led here is gone. */
  isReplacing: boolean;
}

/** Which kind, with a word on what the address wants. */
function KindField({ draft, onChange, repoUrl, error, isReplacing }: KindFieldProps) {
  const t = useTranslations("project.credential");
  const hint = useHint(draft.choice, repoUrl);
  const select = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    if (isReplacing) select.current?.focus();
  }, [isReplacing]);
  return (
    <Field label={t("label")} hint={hint} error={fieldError(error, "credential")}>
      <Select
        ref={select}
        value={draft.choice}
        onChange={(event) => onChange({ choice: event.target.value as CredentialDraft["choice"] })}
      >
        <option value="none">{t("none")}</option>
        {CREDENTIAL_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`kinds.${kind}`)}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function useHint(choice: CredentialDraft["choice"], repoUrl: string) {
  const t = useTranslations("project.credential");
  const scheme = originOf(repoUrl)?.scheme;
  if (choice !== "none" && choice !== "keep" && choice !== "remove" && !fitsAddress(choice, repoUrl)) {
    return <span className="text-warning">{t(`misfits.${scheme ?? "file"}`)}</span>;
  }
  if (choice === "token") return t(`tokenHints.${styleName(repoUrl) ?? "other"}`);
  if (choice === "ssh_key") return t("keyHint");
  return scheme ? t(`hints.${scheme}`) : t("hint");
}
