import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { useTranslations } from "use-intl";
import { IconButton } from "@/ui/Button";
import { classes } from "@/ui/classes";

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** Hides the title from sight where the content speaks for itself. */
  isTitleHidden?: boolean;
  size?: "sm" | "md" | "lg";
  children: ReactNode;
}

const WIDTHS = { sm: "max-w-md", md: "max-w-2xl", lg: "max-w-4xl" };

/** A modal dialog: keeps the focus, Escape and a click outside close it. */
export function Dialog({ isOpen, onClose, title, isTitleHidden = false, size = "sm", children }: DialogProps) {
  const t = useTranslations("ui");
  const opener = useRef<Element>(null);
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-[#00000066]" />
        <Radix.Content
          aria-describedby={undefined}
          // Radix gives the focus back to its own trigger only, and here dialogs are opened from anywhere.
          onOpenAutoFocus={(event) => {
            opener.current = document.activeElement;
            // The first field, not the close button: its tooltip would take the first Escape for itself.
            event.preventDefault();
            focusFirstField(event.currentTarget as HTMLElement);
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus();
          }}
          className={classes(
            "fixed inset-x-3 top-[10vh] z-50 mx-auto flex max-h-[80vh] flex-col rounded-lg border border-line",
            "bg-raised shadow-overlay focus:outline-none",
            WIDTHS[size],
          )}
        >
          <div
            className={classes("flex items-center gap-2 border-line border-b px-4 py-2", isTitleHidden && "sr-only")}
          >
            <Radix.Title className="min-w-0 grow font-semibold text-sm">{title}</Radix.Title>
            {!isTitleHidden && <IconButton label={t("close")} icon={<X className="size-4" />} onClick={onClose} />}
          </div>
          <div className="min-h-0 overflow-y-auto">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function focusFirstField(dialog: HTMLElement): void {
  (dialog.querySelector<HTMLElement>("input, textarea, select") ?? dialog).focus();
}
