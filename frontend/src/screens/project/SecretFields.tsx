import type { ComponentProps } from "react";
import { useTranslations } from "use-intl";
import type { CredentialDraft } from "@/screens/project/credentialDraft";
import { fieldError } from "@/screens/project/fieldErrors";
import { Field, TextArea, TextInput } from "@/ui/Field";

interface SecretFieldsProps {
  draft: CredentialDraft;
  onChange: (changes: Partial<CredentialDraft>) => void;
  error: Error | null;
}

/** What a credential of the chosen kind consists of. */
export function SecretFields(props: SecretFieldsProps) {
  if (props.draft.choice === "token") return <TokenFields {...props} />;
  if (props.draft.choice === "password") return <PasswordFields {...props} />;
  return props.draft.choice === "ssh_key" ? <KeyFields {...props} /> : null;
}

function TokenFields({ draft, onChange, error }: SecretFieldsProps) {
  const t = useTranslations("project.credential");
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label={t("token")} error={fieldError(error, "token")} isRequired>
        <SecretInput value={draft.token} required onChange={(event) => onChange({ token: event.target.value })} />
      </Field>
      <Field label={t("username")} hint={t("tokenUsernameHint")} error={fieldError(error, "username")}>
        <NameInput value={draft.username} onChange={(event) => onChange({ username: event.target.value })} />
      </Field>
    </div>
  );
}

function PasswordFields({ draft, onChange, error }: SecretFieldsProps) {
  const t = useTranslations("project.credential");
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label={t("username")} error={fieldError(error, "username")} isRequired>
        <NameInput value={draft.username} required onChange={(event) => onChange({ username: event.target.value })} />
      </Field>
      <Field label={t("password")} error={fieldError(error, "password")} isRequired>
        <SecretInput value={draft.password} required onChange={(event) => onChange({ password: event.target.value })} />
      </Field>
    </div>
  );
}

function KeyFields({ draft, onChange, error }: SecretFieldsProps) {
  const t = useTranslations("project.credential");
  return (
    <>
      <Field label={t("privateKey")} hint={t("privateKeyHint")} error={fieldError(error, "private_key")} isRequired>
        <TextArea
          value={draft.private_key}
          required
          rows={5}
          maxLength={8000}
          spellCheck={false}
          autoComplete="off"
          placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
          className="font-mono text-xs"
          onChange={(event) => onChange({ private_key: event.target.value })}
        />
      </Field>
      <Field label={t("passphrase")} hint={t("passphraseHint")} error={fieldError(error, "passphrase")}>
        <SecretInput value={draft.passphrase} onChange={(event) => onChange({ passphrase: event.target.value })} />
      </Field>
    </>
  );
}

/** Not the browser's to remember: it belongs to a repository, not to whoever types it. */
function SecretInput(props: ComponentProps<typeof TextInput>) {
  return <TextInput {...props} type="password" maxLength={4096} autoComplete="new-password" spellCheck={false} />;
}

function NameInput(props: ComponentProps<typeof TextInput>) {
  return <TextInput {...props} maxLength={255} autoCapitalize="none" spellCheck={false} />;
}
