import { type MouseEvent, useEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import type { PaletteGroup, PaletteOption } from "@/shell/paletteOptions";
import { SHORTCUTS } from "@/shell/shortcutList";
import { useIsShortcut } from "@/shell/shortcuts";
import { classes } from "@/ui/classes";
import { DocumentStatus } from "@/ui/DocumentStatus";
import { Keys } from "@/ui/Keys";
import { Marked } from "@/ui/Marked";

interface PaletteListProps {
  id: string;
  groups: PaletteGroup[];
  active: PaletteOption | undefined;
  onMove: (optionId: string) => void;
  onPick: (option: PaletteOption, isElsewhere: boolean) => void;
}

/** The id of an option's element. */
export function optionId(listId: string, option: PaletteOption): string {
  return `${listId}-${option.id}`.replaceAll(/\s/g, "_");
}

export function PaletteList({ id, groups, active, onMove, onPick }: PaletteListProps) {
  const t = useTranslations("search.palette");
  const isShortcut = useIsShortcut();
  return (
    <div id={id} role="listbox" aria-label={t("results")} className="min-h-0 grow overflow-y-auto p-1.5">
      {groups.map((group) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be part of a list of options
        <div key={group.name} role="group" aria-labelledby={`${id}-${group.name}`} className="pb-1">
          <div id={`${id}-${group.name}`} role="presentation" className="px-2 py-1 font-semibold text-muted text-xs">
            {t(`groups.${group.name}`)}
          </div>
          {group.options.map((option) => (
            <Option
              key={option.id}
              id={optionId(id, option)}
              option={option}
              isActive={option === active}
              keys={option.shortcut && isShortcut(option.shortcut) ? SHORTCUTS[option.shortcut].keys[0] : null}
              onMove={() => onMove(option.id)}
              onPick={(isElsewhere) => onPick(option, isElsewhere)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

interface OptionProps {
  id: string;
  option: PaletteOption;
  isActive: boolean;
  /** The shortcut that does the same, where there is one. */
  keys: string | null;
  onMove: () => void;
  onPick: (isElsewhere: boolean) => void;
}

function Option({ id, option, isActive, keys, onMove, onPick }: OptionProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isActive) element.current?.scrollIntoView({ block: "nearest" });
  }, [isActive]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: as above
    <div
      ref={element}
      id={id}
      role="option"
      aria-selected={isActive}
      onPointerMove={() => !isActive && onMove()} // not on entering: the list also moves below a resting pointer
      onMouseDown={(event: MouseEvent) => event.preventDefault()} // the focus stays in the field
      onClick={(event) => onPick(event.ctrlKey || event.metaKey)}
      onAuxClick={(event) => event.button === 1 && onPick(true)}
      className={classes(
        "flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 py-1",
        isActive && "bg-selected",
      )}
    >
      <span className="flex size-5 shrink-0 items-center justify-center">{option.icon}</span>
      <span className="flex min-w-0 grow flex-col">
        <span className="truncate">
          <Marked parts={option.label} />
        </span>
        {option.detail && <span className="flex min-w-0 text-muted text-xs">{option.detail}</span>}
      </span>
      {option.note && <span className="max-w-32 shrink-0 truncate text-muted text-xs">{option.note}</span>}
      {keys && (
        <span className="hidden sm:block">
          <Keys shortcut={keys} />
        </span>
      )}
      {option.status && (
        <span className="hidden shrink-0 rounded-full bg-raised sm:block">
          <DocumentStatus status={option.status} />
        </span>
      )}
    </div>
  );
}
