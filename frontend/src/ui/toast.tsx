import { createContext, type ReactNode, useCallback, useContext, useState } from "react";

const SHOWN_MS = 5_000;
const ToastContext = createContext<(message: string) => void>(() => undefined);

/** Holds the short messages ("Copied") that appear and go by themselves; they are read out politely. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<{ id: number; text: string }[]>([]);
  const show = useCallback((text: string) => {
    const id = performance.now();
    setMessages((shown) => [...shown.slice(-2), { id, text }]);
    setTimeout(() => setMessages((shown) => shown.filter((each) => each.id !== id)), SHOWN_MS);
  }, []);
  return (
    <ToastContext value={show}>
      {children}
      <div
        role="status"
        className="pointer-events-none fixed bottom-4 left-1/2 z-50 flex -translate-x-1/2 flex-col gap-2"
      >
        {messages.map((each) => (
          <p key={each.id} className="rounded-md bg-fg px-3 py-2 text-canvas text-sm shadow-overlay">
            {each.text}
          </p>
        ))}
      </div>
    </ToastContext>
  );
}

/** A function that shows one short message. */
export function useToast(): (message: string) => void {
  return useContext(ToastContext);
}
