import type { Theme } from "@/shell/preferences";
import { classes } from "@/ui/classes";

/** A small picture of a page in a theme; that of the system is half of each. */
export function ThemePreview({ theme }: { theme: Theme }) {
  return (
    <span aria-hidden className="flex h-20 overflow-hidden rounded-md border border-line">
      {theme !== "dark" && <Sheet scheme="scheme-light" />}
      {theme !== "light" && <Sheet scheme="scheme-dark" />}
    </span>
  );
}

function Sheet({ scheme }: { scheme: "scheme-light" | "scheme-dark" }) {
  return (
    <span className={classes("flex grow flex-col bg-canvas", scheme)}>
      <span className="h-4 w-full border-line border-b bg-subtle" />
      <span className="flex flex-col gap-1.5 p-2">
        <span className="h-2 w-1/3 rounded-full bg-accent-strong" />
        <span className="h-2 w-5/6 rounded-full bg-line" />
        <span className="h-2 w-2/3 rounded-full bg-line" />
      </span>
    </span>
  );
}
