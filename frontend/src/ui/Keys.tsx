import { classes } from "@/ui/classes";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const NAMES: Record<string, string> = {
  mod: IS_MAC ? "⌘" : "Ctrl",
  shift: IS_MAC ? "⇧" : "Shift",
  enter: "↵",
  escape: "Esc",
  arrowup: "↑",
  arrowdown: "↓",
};

/** A shortcut such as `mod+k` or `g d` (one after the other) as keys, in this machine's names. */
export function Keys({ shortcut, isInverted = false }: { shortcut: string; isInverted?: boolean }) {
  const keys = shortcut.split(/[+ ]/).map((key) => NAMES[key] ?? key.toUpperCase());
  return (
    <span className="inline-flex shrink-0 gap-0.5 whitespace-nowrap">
      {keys.map((key, index) => (
        <kbd
          // biome-ignore lint/suspicious/noArrayIndexKey: the keys of one shortcut never change places
          key={index}
          className={classes(
            "rounded-sm border px-1 font-mono text-xs leading-4",
            isInverted ? "border-current" : "border-line bg-subtle text-muted",
          )}
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
