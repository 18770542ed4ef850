import { PanelLeftOpen } from "lucide-react";
import { useTranslations } from "use-intl";
import { IconButton } from "@/ui/Button";

/** Brings the tree back where it is hidden, or had no room. */
export function ShowTree({ onShow }: { onShow: () => void }) {
  const t = useTranslations("explorer.tree");
  return <IconButton label={t("show")} shortcut="b" icon={<PanelLeftOpen className="size-4" />} onClick={onShow} />;
}
