import { PanelLeftClose, Search } from "lucide-react";
import { type KeyboardEvent, type RefObject, useDeferredValue, useId, useMemo, useState } from "react";
import { useTranslations } from "use-intl";
import type { SourceTree } from "@/api/documents";
import { DocumentTree } from "@/screens/explorer/DocumentTree";
import { FilterResults } from "@/screens/explorer/FilterResults";
import { fuzzyFilter } from "@/screens/explorer/fuzzy";
import type { Place } from "@/screens/explorer/place";
import type { TreeFile } from "@/screens/explorer/treeRows";
import { IconButton } from "@/ui/Button";
import { TextInput } from "@/ui/Field";

const SHOWN = 100;

interface TreePaneProps {
  projectId: number;
  sources: readonly SourceTree[];
  files: readonly TreeFile[];
  current: Place | null;
  filterRef: RefObject<HTMLInputElement | null>;
  onOpen: (place: Place) => void;
  /** Leaves the place to the document; null where the pane can't be hidden. */
  onHide: (() => void) | null;
}

/** The tree with its filter: what is typed shows fitting files in the tree's place. */
export function TreePane({ projectId, sources, files, current, filterRef, onOpen, onHide }: TreePaneProps) {
  const t = useTranslations("explorer.tree");
  const listId = useId();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const query = useDeferredValue(typed.trim());
  const all = useMemo(() => (query ? fuzzyFilter(files, query, files.length) : []), [files, query]);
  const found = useMemo(() => all.slice(0, SHOWN), [all]);
  const open = (place: Place) => {
    setTyped("");
    onOpen(place);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setActive(Math.min(active + 1, found.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, 0));
    else if (event.key === "Enter" && found[active]) {
      filterRef.current?.blur(); // lets the document take the focus
      open(found[active].item);
    } else if (event.key === "Escape" && typed) setTyped("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div className="flex items-center gap-1 p-2">
        <div className="relative grow">
          <Search aria-hidden className="pointer-events-none absolute top-2 left-2 size-4 text-muted" />
          <TextInput
            ref={filterRef}
            role="combobox"
            aria-label={t("filter")}
            aria-expanded={query !== ""}
            aria-controls={query ? listId : undefined}
            aria-autocomplete="list"
            aria-activedescendant={query && found[active] ? `${listId}-${active}` : undefined}
            placeholder={t("filter")}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setActive(0);
            }}
            onKeyDown={onKeyDown}
            className="pl-8"
          />
        </div>
        {onHide && (
          <IconButton label={t("hide")} shortcut="b" icon={<PanelLeftClose className="size-4" />} onClick={onHide} />
        )}
      </div>
      {query ? (
        <FilterResults id={listId} found={found} total={all.length} active={active} onOpen={open} />
      ) : (
        <DocumentTree projectId={projectId} sources={sources} current={current} onOpen={onOpen} />
      )}
    </>
  );
}
