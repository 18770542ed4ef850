import { useTranslations } from "use-intl";
import { useReindex } from "@/screens/project/useRemote";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { useToast } from "@/ui/toast";

interface ReindexDialogProps {
  projectId: number;
  /** The source whose index is built anew; null for all of the project. */
  sourceId: number | null;
  /** Of the source or of the project. */
  name: string;
  isOpen: boolean;
  onClose: () => void;
}

/** Says what building the index anew does, and starts it. */
export function ReindexDialog({ projectId, sourceId, name, isOpen, onClose }: ReindexDialogProps) {
  const t = useTranslations("project.reindex");
  const toast = useToast();
  const reindex = useReindex(projectId, sourceId);
  const start = () =>
    reindex.mutate(undefined, {
      onSuccess: () => {
        onClose();
        toast(t("started"));
      },
    });
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={start}
      title={t("title", { name })}
      confirmLabel={t("confirm")}
      isDanger={false}
      isBusy={reindex.isPending}
      error={reindex.error}
    >
      <p>{t("does")}</p>
      <p>{t("meanwhile")}</p>
      <p className="text-muted">{t("when")}</p>
    </ConfirmDialog>
  );
}
