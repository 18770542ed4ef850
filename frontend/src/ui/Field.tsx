import { type ComponentProps, cloneElement, type ReactElement, type ReactNode, useId } from "react";
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
  children: ReactElement<{ id?: string; "aria-describedby"?: string | undefined; "aria-invalid"?: boolean }>;
}

/** A labelled control with its hint and its error; the control is the only child. */
export function Field({ label, hint, error, isRequired = false, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return (
    <div className="flex flex-col gap-1">
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
