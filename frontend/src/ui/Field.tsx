import {
  type ComponentProps,
  cloneElement,
  type FormEvent,
  type ReactElement,
  type ReactNode,
  useId,
  useState,
} from "react";
import { useTranslations } from "use-intl";
import { classes } from "@/ui/classes";

const CONTROL =
  "w-full min-w-0 rounded-md border border-control-line bg-canvas px-3 text-sm placeholder:text-muted aria-invalid:border-danger disabled:opacity-60";

interface FieldProps {
  label: string;
  /** Shown below the control; says what belongs in it. */
  hint?: ReactNode;
  /** What is wrong with it, in the server's words where there are any. */
  error?: string | undefined;
  isRequired?: boolean;
  children: ReactElement<{
    id?: string;
    value?: unknown;
    "aria-describedby"?: string | undefined;
    "aria-invalid"?: boolean;
  }>;
}

/** A labelled control with its hint and its error; the control is the only child. */
export function Field({ label, hint, error: refusal, isRequired = false, children }: FieldProps) {
  const t = useTranslations("ui");
  const id = useId();
  const [wasMissing, setMissing] = useState(false);
  const error = wasMissing && !children.props.value ? t("required") : refusal;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return (
    <div className="flex flex-col gap-1" onInvalidCapture={(event) => setMissing(wordsInstead(event))}>
      <label htmlFor={id} className="font-semibold text-sm">
        {label}
        {isRequired && <span aria-hidden> *</span>}
      </label>
      {cloneElement(children, { id, "aria-describedby": described, "aria-invalid": error !== undefined })}
      {error && (
        <p id={`${id}-error`} className="text-danger text-xs">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-muted text-xs">
          {hint}
        </p>
      )}
    </div>
  );
}

/**
 * Keeps the browser from saying in its own language and look that a control is empty. Whether it is that; the first
 * such control of a form has the focus.
 */
function wordsInstead(event: FormEvent): boolean {
  const control = event.target;
  if (!(control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement)) return false;
  if (!control.validity.valueMissing) return false;
  event.preventDefault();
  if (control.form?.querySelector("input:invalid, textarea:invalid") === control) control.focus();
  return true;
}

export function TextInput({ className, ...rest }: ComponentProps<"input">) {
  return <input autoComplete="off" {...rest} className={classes(CONTROL, "h-8", className)} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea {...rest} className={classes(CONTROL, "py-1.5", className)} />;
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select {...rest} className={classes(CONTROL, "h-8 pr-1", className)} />;
}

export function Checkbox({ label, ...rest }: ComponentProps<"input"> & { label: ReactNode }) {
  return (
    <label className="flex items-center gap-2 text-sm">
      <input type="checkbox" {...rest} className="size-4 accent-accent-strong" />
      {label}
    </label>
  );
}
