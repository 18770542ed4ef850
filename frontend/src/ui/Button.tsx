import type { ComponentProps, ReactNode } from "react";
import { classes } from "@/ui/classes";
import { Spinner } from "@/ui/Spinner";
import { Tooltip } from "@/ui/Tooltip";

type Look = "default" | "primary" | "danger" | "ghost";
type Size = "sm" | "md";

const LOOKS: Record<Look, string> = {
  default: "border-line bg-subtle text-fg hover:bg-hover",
  primary: "border-transparent bg-success-strong text-on-strong hover:brightness-95",
  danger: "border-line bg-subtle text-danger hover:bg-danger-strong hover:text-on-strong",
  ghost: "border-transparent text-muted hover:bg-hover hover:text-fg",
};
const SIZES: Record<Size, string> = { sm: "h-7 px-2 text-xs", md: "h-8 px-3 text-sm" };

/** The look of a button, for links that lead somewhere but should look like one. */
export function buttonClasses(look: Look = "default", size: Size = "md"): string {
  return classes(
    "inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium",
    "disabled:opacity-60",
    LOOKS[look],
    SIZES[size],
  );
}

interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  size?: Size;
  isBusy?: boolean;
}

/** A button; while `isBusy` it can't be pressed again and says that something goes on. */
export function Button({ look, size, isBusy = false, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || isBusy}
      aria-busy={isBusy || undefined}
      className={classes(buttonClasses(look, size), className)}
    >
      {isBusy && <Spinner />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** What it does; read out, and shown as a tooltip. */
  label: string;
  icon: ReactNode;
  shortcut?: string;
  size?: Size;
}

/** A button that shows only an icon. */
export function IconButton({ label, icon, shortcut, size = "md", className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} {...(shortcut ? { shortcut } : {})}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={classes(
          "inline-flex shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-fg",
          "disabled:opacity-60 aria-disabled:opacity-60 aria-pressed:bg-hover aria-pressed:text-fg",
          size === "sm" ? "size-6" : "size-8",
          className,
        )}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
