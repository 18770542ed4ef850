import type { ReactNode } from "react";
import { classes } from "@/ui/classes";

export type Tone = "neutral" | "accent" | "success" | "warning" | "danger" | "done";

const TONES: Record<Tone, string> = {
  neutral: "bg-inset text-muted",
  accent: "bg-accent-soft text-accent",
  success: "bg-success-soft text-success",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
  done: "bg-done-soft text-done",
};

/** A short word with a tone; the word says it all, the colour only helps. */
export function Badge({ tone = "neutral", icon, children }: { tone?: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span
      className={classes(
        "inline-flex max-w-full items-center gap-1 whitespace-nowrap rounded-full px-2 font-medium text-xs leading-5",
        TONES[tone],
      )}
    >
      {icon}
      {children}
    </span>
  );
}
