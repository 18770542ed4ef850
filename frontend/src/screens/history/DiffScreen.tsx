import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useRef } from "react";
import { useTranslations } from "use-intl";
import type { DocumentContent } from "@/api/documents";
import { type DocumentDiff, diffQuery } from "@/api/versions";
import type { DocumentParams } from "@/router";
import { useIsWide } from "@/screens/explorer/useIsWide";
import { DiffView } from "@/screens/history/DiffView";
import { VersionFacts } from "@/screens/history/VersionList";
import { toDocument } from "@/shell/links";
import { Button, buttonClasses } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";

const SIDE_BY_SIDE_FROM = 800;

interface DiffScreenProps {
  document: DocumentContent;
  from: string | undefined;
  to: string | undefined;
  layout: string | undefined;
}

/** What changed between two versions of a document. */
export function DiffScreen({ document, from, to, layout }: DiffScreenProps) {
  const t = useTranslations("history");
  const frame = useRef<HTMLDivElement>(null);
  const isWide = useIsWide(frame, SIDE_BY_SIDE_FROM);
  const between = { ...(from && { from }), ...(to && { to }) };
  const diff = useQuery(diffQuery(document.project_id, document.id, between));
  const title = t("diffTitle", { title: document.title });
  const { project_id: projectId, source_id: sourceId, path } = document;
  const isSplit = isWide && layout === "split";
  return (
    <div ref={frame}>
      <title>{`${title} · BMADFlow`}</title>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <h1 className="min-w-0 grow font-semibold text-xl">{title}</h1>
        {isWide && <Layout isSplit={isSplit} />}
        <Link
          {...toDocument({ projectId, sourceId, path, view: "history" })}
          className={buttonClasses("default", "sm")}
        >
          <ArrowLeft aria-hidden className="size-3.5" />
          {t("back")}
        </Link>
      </div>
      {diff.isPending && <SkeletonRows />}
      {diff.isError && <ErrorNotice error={diff.error} onRetry={() => void diff.refetch()} />}
      {diff.data && (
        <>
          <Sides document={document} diff={diff.data} />
          <DiffView key={`${isSplit}`} diff={diff.data} isSplit={isSplit} />
        </>
      )}
    </div>
  );
}

/** Which of the two layouts, which is part of the address. */
function Layout({ isSplit }: { isSplit: boolean }) {
  const t = useTranslations("history");
  const navigate = useNavigate();
  const choose = (isChosen: boolean) => {
    const search = ({ layout: _, ...rest }: DocumentParams) => (isChosen ? { ...rest, layout: "split" } : rest);
    void navigate({ to: ".", search, replace: true, resetScroll: false });
  };
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">{t("layout")}</legend>
      <Button size="sm" aria-pressed={!isSplit} className="aria-pressed:bg-hover" onClick={() => choose(false)}>
        {t("unified")}
      </Button>
      <Button size="sm" aria-pressed={isSplit} className="aria-pressed:bg-hover" onClick={() => choose(true)}>
        {t("split")}
      </Button>
    </fieldset>
  );
}

/** Which versions are compared, and how much differs. */
function Sides({ document, diff }: { document: DocumentContent; diff: DocumentDiff }) {
  const t = useTranslations("history");
  return (
    <div className="mb-3 flex flex-col gap-1">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-3 gap-y-1">
        {(["from", "to"] as const).map((side) => (
          <div key={side} className="contents">
            <dt className="text-muted text-xs">{t(side)}</dt>
            <dd className="flex min-w-0 flex-wrap items-baseline gap-x-3">
              {diff[side].last_commit?.subject && (
                <span className="font-semibold">{diff[side].last_commit.subject}</span>
              )}
              <VersionFacts document={document} version={diff[side]} />
            </dd>
          </div>
        ))}
      </dl>
      {diff.from.path !== diff.to.path && (
        <p className="text-sm">{t("moved", { from: diff.from.path, to: diff.to.path })}</p>
      )}
      <p className="tabular-nums text-sm">{t("counts", { added: diff.added_lines, removed: diff.removed_lines })}</p>
    </div>
  );
}
