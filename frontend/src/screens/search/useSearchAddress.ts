import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Filters, readFilters, toParams } from "@/screens/search/searchFilters";

const PAUSE_MS = 250;

export interface SearchAddress {
  filters: Filters;
  /** A new entry of the history. */
  change: (changes: Partial<Filters>) => void;
  /** Waits for a pause in typing. */
  type: (changes: Partial<Filters>) => void;
  /** What was typed counts at once, and what is typed next is another search. */
  commit: () => void;
  /** Whether something typed isn't in the address yet. */
  isWaiting: () => boolean;
}

/**
 * The filters that the address says. What is typed replaces what was typed before, until it is committed: so going back
 * leads from search to search and not from letter to letter.
 */
export function useSearchAddress(): SearchAddress {
  const filters = readFilters(useSearch({ strict: false }));
  const navigate = useNavigate();
  const wanted = useRef(filters);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isDraft = useRef(filters.query === "");
  const isWaiting = useCallback(() => timer.current !== undefined, []);

  const address = JSON.stringify(filters);
  useEffect(() => {
    if (timer.current === undefined) wanted.current = JSON.parse(address) as Filters;
  }, [address]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const write = useCallback(
    (changes: Partial<Filters>, replace: boolean) => {
      clearTimeout(timer.current);
      timer.current = undefined;
      wanted.current = { ...wanted.current, ...changes };
      void navigate({ to: ".", search: toParams(wanted.current), replace });
    },
    [navigate],
  );
  const change = useCallback(
    (changes: Partial<Filters>) => {
      write(changes, false);
      isDraft.current = false;
    },
    [write],
  );
  const type = useCallback(
    (changes: Partial<Filters>) => {
      wanted.current = { ...wanted.current, ...changes };
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        write({}, isDraft.current);
        isDraft.current = true;
      }, PAUSE_MS);
    },
    [write],
  );
  const commit = useCallback(() => {
    if (isWaiting()) write({}, isDraft.current);
    isDraft.current = false;
  }, [isWaiting, write]);
  return { filters, change, type, commit, isWaiting };
}

/** The text of a field that the address follows with a pause; when the address changes otherwise, the field follows. */
export function useTypedText(
  stored: string,
  isWaiting: () => boolean,
  onType: (text: string) => void,
): [string, (text: string) => void] {
  const [text, setText] = useState(stored);
  const own = useRef(stored);
  useEffect(() => {
    if (isWaiting() || stored === own.current.trim()) return;
    own.current = stored;
    setText(stored);
  }, [stored, isWaiting]);
  const type = (typed: string) => {
    own.current = typed;
    setText(typed);
    onType(typed);
  };
  return [text, type];
}
