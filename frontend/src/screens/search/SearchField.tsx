import { Search } from "lucide-react";
import { type Ref, useEffect, useId, useImperativeHandle, useRef } from "react";
import { useTranslations } from "use-intl";
import { type SearchAddress, useTypedText } from "@/screens/search/useSearchAddress";
import { TextInput } from "@/ui/Field";

/** The words to search for. It has the focus when a search begins with nothing. */
export function SearchField({ ref, address }: { ref: Ref<HTMLInputElement | null>; address: SearchAddress }) {
  const t = useTranslations("search");
  const found = useTranslations("found");
  const hint = useId();
  const { filters, type, commit, isWaiting } = address;
  const [text, setText] = useTypedText(filters.query, isWaiting, (query) => type({ query }));
  const input = useRef<HTMLInputElement>(null);
  useImperativeHandle<HTMLInputElement | null, HTMLInputElement | null>(ref, () => input.current);
  const isEmpty = useRef(filters.query === "");
  useEffect(() => {
    if (isEmpty.current) input.current?.focus();
  }, []);
  return (
    <search>
      <form
        className="relative"
        onSubmit={(event) => {
          event.preventDefault();
          commit();
        }}
      >
        <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
        <TextInput
          ref={input}
          type="search"
          aria-label={t("fieldLabel")}
          aria-describedby={hint}
          placeholder={t("placeholder")}
          maxLength={1000}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-10 pl-9 text-base"
        />
      </form>
      <p id={hint} className="mt-1 text-muted text-xs">
        {found("operators")}
      </p>
    </search>
  );
}
