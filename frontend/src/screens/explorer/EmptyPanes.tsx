import { Link } from "@tanstack/react-router";
import { FileQuestion, FileText, FolderSync } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { SHORTCUTS } from "@/shell/shortcutList";
import { buttonClasses } from "@/ui/Button";
import { EmptyState } from "@/ui/Feedback";
import { Keys } from "@/ui/Keys";

/** Nothing has been synced yet. */
export function NoDocuments({ projectId }: { projectId: number }) {
  const t = useTranslations("explorer");
  return (
    <>
      <ScreenTitle title={t("screenTitle")} />
      <EmptyState icon={<FolderSync className="size-8" />} title={t("empty.noDocuments")}>
        <p>{t("empty.noDocumentsText")}</p>
        <Link to="/projects/$projectId" params={{ projectId }} className={buttonClasses("primary")}>
          {t("empty.toOverview")}
        </Link>
      </EmptyState>
    </>
  );
}

/** There are documents, and none is chosen. */
export function NoDocument({ showTree }: { showTree: ReactNode }) {
  const t = useTranslations("explorer");
  return (
    <>
      <ScreenTitle title={t("screenTitle")} />
      {showTree && <div className="p-2">{showTree}</div>}
      <EmptyState icon={<FileText className="size-8" />} title={t("empty.pick")}>
        <p>{t("empty.pickText")}</p>
        <Keys shortcut={SHORTCUTS.filterTree.keys[0]} />
      </EmptyState>
    </>
  );
}

/** The address names a document that isn't there, or no longer. */
export function NothingHere({ projectId, path, wasSeen }: { projectId: number; path: string; wasSeen: boolean }) {
  const t = useTranslations("explorer.missing");
  return (
    <>
      <ScreenTitle title={t("title")} />
      <EmptyState icon={<FileQuestion className="size-8" />} title={t("title")}>
        <p role="status">{wasSeen ? t("removed", { path }) : t("moved", { path })}</p>
        <Link to="/projects/$projectId/docs" params={{ projectId }} className={buttonClasses()}>
          {t("toDocuments")}
        </Link>
      </EmptyState>
    </>
  );
}

/** The heading of a pane that shows no document. */
function ScreenTitle({ title }: { title: string }) {
  return (
    <>
      <title>{`${title} · BMADFlow`}</title>
      <h1 className="sr-only">{title}</h1>
    </>
  );
}
