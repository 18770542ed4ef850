import { createContext, type ReactNode, useContext, useEffect, useRef } from "react";
import { SHORTCUTS, type ShortcutId } from "@/shell/shortcutList";

const PAUSE_MS = 1_200;

type Handler = () => void;
type Registry = Map<ShortcutId, Handler>;

const RegistryContext = createContext<Registry>(new Map());

/** Listens for keys once for the whole client; components say with `useShortcut` what each shortcut does. */
export function ShortcutProvider({ children }: { children: ReactNode }) {
  const registry = useRef<Registry>(new Map());
  useEffect(() => {
    const reader = createKeyReader((id) => registry.current.get(id));
    document.addEventListener("keydown", reader);
    return () => document.removeEventListener("keydown", reader);
  }, []);
  return <RegistryContext value={registry.current}>{children}</RegistryContext>;
}

/** Runs `handler` when the shortcut is pressed while the calling component is mounted (the newest one wins). */
export function useShortcut(id: ShortcutId, handler: Handler | null): void {
  const registry = useContext(RegistryContext);
  const latest = useRef(handler);
  latest.current = handler;
  const isActive = handler !== null;
  useEffect(() => {
    if (!isActive) return;
    const before = registry.get(id);
    const run = () => latest.current?.();
    registry.set(id, run);
    return () => {
      if (registry.get(id) !== run) return;
      if (before) registry.set(id, before);
      else registry.delete(id);
    };
  }, [registry, id, isActive]);
}

/** A function that tells whether a shortcut does something where one is. */
export function useIsShortcut(): (id: ShortcutId) => boolean {
  const registry = useContext(RegistryContext);
  return (id) => registry.has(id);
}

/** A listener for `keydown` that knows sequences; keys typed into a field or an open dialog are left alone. */
export function createKeyReader(find: (id: ShortcutId) => Handler | undefined): (event: KeyboardEvent) => void {
  let first = "";
  let firstAt = 0;
  return (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const key = keyOf(event);
    if (!key.includes("+") && isTyping(event.target)) return;
    const sequence = event.timeStamp - firstAt < PAUSE_MS && first ? `${first} ${key}` : key;
    const match = idOf(sequence) ?? idOf(key);
    const handler = match && find(match);
    first = key;
    firstAt = event.timeStamp;
    if (!handler) return;
    first = "";
    event.preventDefault();
    handler();
  };
}

function keyOf(event: KeyboardEvent): string {
  const key = event.key.toLowerCase();
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

function idOf(keys: string): ShortcutId | undefined {
  const ids = Object.keys(SHORTCUTS) as ShortcutId[];
  return ids.find((id) => (SHORTCUTS[id].keys as readonly string[]).includes(keys));
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, [role=dialog], [role=menu]") !== null;
}
