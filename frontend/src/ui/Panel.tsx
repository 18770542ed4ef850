import { type ReactNode, useId } from "react";
import { classes } from "@/ui/classes";

interface PanelProps {
  title: string;
  /** Buttons or links at the end of the title's line. */
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A framed part of a page with its own heading. */
export function Panel({ title, actions, className, children }: PanelProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={classes("min-w-0 rounded-md border border-line", className)}>
      <div className="flex min-h-11 items-center gap-2 rounded-t-md border-line border-b bg-subtle px-4 py-1.5">
        <h2 id={id} className="min-w-0 grow font-semibold text-sm">
          {title}
        </h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

/** A page's own heading line. */
export function PageHeader({ title, meta, actions }: { title: ReactNode; meta?: ReactNode; actions?: ReactNode }) {
  return (
    <header className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-2">
      <div className="min-w-0 grow">
        <h1 className="font-semibold text-xl">{title}</h1>
        {meta && <div className="mt-1 text-muted text-sm">{meta}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}

/** The width and the margins of a page that isn't full screen. */
export function Page({ children }: { children: ReactNode }) {
  return <div className="mx-auto w-full max-w-6xl px-4 py-6">{children}</div>;
}
