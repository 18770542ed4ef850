import { useRouter } from "@tanstack/react-router";
import { Search, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useTranslations } from "use-intl";
import { optionId, PaletteList } from "@/shell/PaletteList";
import { moved } from "@/shell/paletteKeys";
import { type PaletteOption, searchDestination } from "@/shell/paletteOptions";
import { usePaletteContent } from "@/shell/usePalette";
import { IconButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { useErrorSentence } from "@/ui/errorSentence";
import { Keys } from "@/ui/Keys";
import { Spinner } from "@/ui/Spinner";

interface CommandPaletteProps {
  isOpen: boolean;
  onClose: () => void;
  projectId: number | null;
}

/** Search as you type, everywhere. Never loaded late: keys pressed right after the shortcut are for its field. */
export function CommandPalette({ isOpen, onClose, projectId }: CommandPaletteProps) {
  const t = useTranslations("search.palette");
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={t("title")} isTitleHidden size="md">
      <Palette onClose={onClose} projectId={projectId} />
    </Dialog>
  );
}

/** Lives as long as the dialog is open, so that it always opens empty. */
function Palette({ onClose, projectId }: Omit<CommandPaletteProps, "isOpen">) {
  const t = useTranslations("search.palette");
  const listId = useId();
  const [typed, setTyped] = useState("");
  const [chosenId, setChosenId] = useState<string | null>(null);
  const [isEnterWaiting, setEnterWaiting] = useState(false);
  const sentence = useErrorSentence();
  const { groups, isCurrent, error } = usePaletteContent(projectId, typed);
  const options = groups.flatMap((group) => group.options);
  const active = options.find((option) => option.id === chosenId) ?? options[0];
  const perform = usePerform(onClose);

  // Enter pressed before the answer came means its first entry, not one of what was found before.
  useEffect(() => {
    if (!isEnterWaiting || !isCurrent || !active) return;
    setEnterWaiting(false);
    perform(active);
  }, [isEnterWaiting, isCurrent, active, perform]);

  const type = (text: string) => {
    setTyped(text);
    setChosenId(null);
    setEnterWaiting(false);
  };
  const enter = (event: KeyboardEvent) => {
    const isElsewhere = event.ctrlKey || event.metaKey;
    const hasPlace = active?.destination && !active.run;
    if (event.shiftKey || (isElsewhere && !hasPlace)) {
      perform({ destination: searchDestination(projectId, typed.trim()) });
    } else if (!isCurrent && chosenId === null) setEnterWaiting(true);
    else if (active) perform(active, isElsewhere);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const next = moved(event.key, options, active);
    if (next) setChosenId(next.id);
    else if (event.key === "Enter") enter(event);
    else if (event.key === "k" && (event.ctrlKey || event.metaKey)) onClose();
    else return;
    event.preventDefault();
  };

  return (
    <div className="flex max-h-[calc(80vh-2px)] flex-col">
      <div className="flex shrink-0 items-center gap-2 border-line border-b px-3">
        {isCurrent ? <Search aria-hidden className="size-4 shrink-0 text-muted" /> : <Spinner />}
        <input
          type="text"
          role="combobox"
          aria-label={t("title")}
          aria-expanded
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={active && optionId(listId, active)}
          autoComplete="off"
          spellCheck={false}
          maxLength={1000}
          placeholder={projectId === null ? t("placeholderAll") : t("placeholder")}
          value={typed}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
          className="h-12 min-w-0 grow bg-transparent text-base outline-none placeholder:text-muted"
        />
        <IconButton label={t("close")} shortcut="escape" icon={<X className="size-4" />} onClick={onClose} />
      </div>
      {error && (
        <p role="alert" className="shrink-0 px-4 pt-2 text-danger text-xs">
          {sentence(error)}
        </p>
      )}
      <PaletteList id={listId} groups={groups} active={active} onMove={setChosenId} onPick={perform} />
      <Footer />
      <p role="status" className="sr-only">
        {typed.trim() !== "" && isCurrent && t("count", { count: options.length })}
      </p>
    </div>
  );
}

/** Does what an option stands for and closes; the focus goes to the screen that was opened. */
function usePerform(onClose: () => void) {
  const router = useRouter();
  return (option: Pick<PaletteOption, "destination" | "run">, isElsewhere = false) => {
    const { destination, run } = option;
    if (isElsewhere && destination && !run) {
      window.open(router.buildLocation(destination).href, "_blank", "noopener");
      return;
    }
    run?.();
    onClose();
    if (destination) void router.navigate(destination).then(focusScreen);
  };
}

function focusScreen(): void {
  const main = document.getElementById("main");
  if (main && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
}

const HINTS = [
  ["enter", "open"],
  ["mod+enter", "newTab"],
  ["shift+enter", "allResults"],
  [">", "onlyActions"],
] as const;

function Footer() {
  const t = useTranslations("search.palette.hints");
  return (
    <div className="hidden shrink-0 gap-4 rounded-b-lg border-line border-t bg-subtle px-4 py-2 text-muted text-xs sm:flex">
      {HINTS.map(([keys, text]) => (
        <span key={text} className="flex items-center gap-1.5">
          <Keys shortcut={keys} /> {t(text)}
        </span>
      ))}
    </div>
  );
}
