import { type RefObject, useEffect, useRef } from "react";

/** A form's ref; when the server refuses what was sent, the focus goes to the first field that it is about. */
export function useFocusInvalid(error: Error | null): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [error]);
  return form;
}
