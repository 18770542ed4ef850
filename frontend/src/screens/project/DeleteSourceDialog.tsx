import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "use-intl";
import { deleteSource, projectKey, type Source } from "@/api/projects";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { useToast } from "@/ui/toast";

interface DeleteSourceDialogProps {
  source: Source;
  isOpen: boolean;
  onClose: () => void;
}

export function DeleteSourceDialog({ source, isOpen, onClose }: DeleteSourceDialogProps) {
  const t = useTranslations("project.sources");
  const client = useQueryClient();
  const toast = useToast();
  const { name } = source;
  const deletion = useMutation({
    mutationFn: () => deleteSource(source.id),
    onSuccess: () => {
      onClose();
      toast(t("deleted", { name }));
      void client.invalidateQueries({ queryKey: projectKey(source.project_id) });
      void client.invalidateQueries({ queryKey: ["projects"] });
    },
  });
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={onClose}
      onConfirm={() => deletion.mutate()}
      title={t("deleteTitle", { name })}
      confirmLabel={t("deleteConfirm")}
      isBusy={deletion.isPending}
      error={deletion.error}
    >
      <p>{t("deleteGone")}</p>
      <p>{t("deleteStays")}</p>
    </ConfirmDialog>
  );
}
