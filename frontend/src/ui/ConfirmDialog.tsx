import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorNotice } from "@/ui/ErrorNotice";

interface ConfirmDialogProps {
  isOpen: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  /** What will happen, and what won't. */
  children: ReactNode;
  confirmLabel: string;
  /** False while something is missing without which it can't be confirmed. */
  isReady?: boolean;
  /** What can be undone, or harms nothing, isn't dangerous. */
  isDanger?: boolean;
  isBusy: boolean;
  error: Error | null;
}

/** Asks before something is done that can't be undone, or that takes long. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const t = useTranslations("ui");
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={props.title}>
      <div className="flex flex-col gap-3 p-4">
        {props.children}
        {props.error && <ErrorNotice error={props.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={props.onClose}>{t("cancel")}</Button>
          <Button
            look={props.isDanger === false ? "primary" : "danger"}
            isBusy={props.isBusy}
            disabled={props.isReady === false}
            onClick={props.onConfirm}
          >
            {props.confirmLabel}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
