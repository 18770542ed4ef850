import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { classes } from "@/ui/classes";

/** A grey bar where text will be. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={classes("animate-pulse rounded-md bg-line-muted", className ?? "h-4 w-full")} />;
}

/** A list that is being loaded: some grey rows, and a word for who can't see them. */
export function SkeletonRows({ count = 5, className }: { count?: number; className?: string }) {
  const t = useTranslations("ui");
  return (
    <div role="status" className={classes("flex flex-col gap-3", className)}>
      <span className="sr-only">{t("loading")}</span>
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows without identity
        <Skeleton key={index} className={index % 3 === 2 ? "h-4 w-2/3" : "h-4 w-full"} />
      ))}
    </div>
  );
}

/** What a place says while there is nothing in it: why, and what to do. */
export function EmptyState({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 px-4 py-10 text-center">
      {icon && (
        <span aria-hidden className="text-muted">
          {icon}
        </span>
      )}
      <p className="font-semibold text-base">{title}</p>
      {children && <div className="flex max-w-lg flex-col items-center gap-3 text-muted text-sm">{children}</div>}
    </div>
  );
}

/** A bar for a part of a whole, 0 to 1; without a value it says only that something goes on. */
export function Progress({ value, label }: { value?: number | undefined; label: string }) {
  const percent = value === undefined ? undefined : Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className="h-2 w-full overflow-hidden rounded-full bg-line-muted"
    >
      <div
        className={classes(
          "h-full rounded-full bg-accent-strong transition-[width]",
          percent === undefined && "animate-pulse",
        )}
        style={{ width: `${percent ?? 100}%` }}
      />
    </div>
  );
}
