import type { NavigateOptions } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";
import { partsOf, wordRanges } from "@/shell/paletteMatching";
import type { ShortcutId } from "@/shell/shortcutList";
import { Marked } from "@/ui/Marked";

/** Something that the palette does or leads to, found by its label. */
export interface PaletteAction {
  id: string;
  label: string;
  icon: LucideIcon;
  shortcut?: ShortcutId;
  destination?: NavigateOptions;
  run?: () => void;
}

/** A path of which the file's name stays readable where there is little room. */
export function PathDetail({ path, query }: { path: string; query: string }) {
  const cut = path.lastIndexOf("/") + 1;
  const folder = path.slice(0, cut);
  const file = path.slice(cut);
  return (
    <>
      <span className="min-w-0 shrink-[4] truncate">
        <Marked parts={partsOf(folder, wordRanges(folder, query))} />
      </span>
      <span className="min-w-0 shrink truncate">
        <Marked parts={partsOf(file, wordRanges(file, query))} />
      </span>
    </>
  );
}

/** Where a heading is: in which document, and, where there is room, in which file. */
export function HeadingDetail({ title, path, query }: { title: string; path: string; query: string }) {
  return (
    <>
      <span className="min-w-0 truncate">{title}</span>
      <span className="hidden min-w-0 shrink-[2] items-center sm:flex">
        <span aria-hidden className="shrink-0 px-1.5">
          ·
        </span>
        <PathDetail path={path} query={query} />
      </span>
    </>
  );
}
