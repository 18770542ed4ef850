import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { DocumentContent } from "@/api/documents";
import { Breadcrumb } from "@/screens/explorer/Breadcrumb";
import { DocumentActions } from "@/screens/explorer/DocumentActions";
import { LastChange } from "@/screens/explorer/LastChange";
import { Badge } from "@/ui/Badge";
import { DocumentStatus } from "@/ui/DocumentStatus";
import { identifierOf } from "@/ui/identifier";
import { KindIcon } from "@/ui/KindIcon";
import { Time } from "@/ui/Time";

interface DocumentHeaderProps {
  document: DocumentContent;
  isSource: boolean;
  lines: [number, number] | undefined;
  onToggleSource: () => void;
  showTree: ReactNode;
}

/** Where a document stands, what it is, and what can be done with it. */
export function DocumentHeader({ document, showTree, ...shown }: DocumentHeaderProps) {
  const place = { sourceId: document.source_id, path: document.path };
  return (
    <header className="mb-5 flex flex-col gap-2 border-line-muted border-b pb-3">
      <div className="flex items-center gap-2 sm:flex-wrap">
        {showTree}
        <Breadcrumb projectId={document.project_id} place={place} />
        <DocumentActions document={document} {...shown} />
      </div>
      <Facts document={document} />
      <LastChange document={document} />
      <Remarks document={document} />
    </header>
  );
}

function Facts({ document }: { document: DocumentContent }) {
  const t = useTranslations("explorer");
  const kinds = useTranslations("ui.kinds");
  const size = useFileSize(document.size_bytes);
  const identifier = identifierOf(document);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-xs">
      <span className="inline-flex items-center gap-1.5">
        <span aria-hidden className="inline-flex">
          <KindIcon kind={document.kind} />
        </span>
        {kinds(document.kind)}
        {identifier && ` ${identifier}`}
      </span>
      {document.status && <DocumentStatus status={document.status} />}
      <span title={t("updatedHint")}>
        {t("updated")} <Time at={document.updated_at} />
      </span>
      <span>{size}</span>
      <code title={document.commit_sha} className="font-mono">
        {document.commit_sha.slice(0, 7)}
      </code>
    </div>
  );
}

function Remarks({ document }: { document: DocumentContent }) {
  const t = useTranslations("explorer");
  return (
    <>
      {document.is_framework && (
        <p className="flex flex-wrap items-center gap-2 text-muted text-xs">
          <Badge>{t("frameworkBadge")}</Badge>
          {t("framework")}
        </p>
      )}
      {document.warnings.length > 0 && (
        <div className="flex gap-2 rounded-md bg-warning-soft px-3 py-2 text-sm">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
          <div>
            <p className="font-semibold">{t("warnings", { count: document.warnings.length })}</p>
            <ul>
              {document.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </div>
        </div>
      )}
    </>
  );
}

function useFileSize(bytes: number): string {
  const format = useFormatter();
  const [unit, divisor] =
    bytes < 1_000 ? (["byte", 1] as const) : bytes < 1e6 ? (["kilobyte", 1e3] as const) : (["megabyte", 1e6] as const);
  return format.number(bytes / divisor, {
    style: "unit",
    unit,
    unitDisplay: bytes < 1_000 ? "long" : "short",
    maximumFractionDigits: bytes < 1e4 ? 1 : 0,
  });
}
