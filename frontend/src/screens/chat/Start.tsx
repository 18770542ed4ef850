import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { useTranslations } from "use-intl";
import { sampleDocumentsQuery } from "@/api/chat";
import type { DocumentSummary } from "@/api/documents";
import { EmptyState, Skeleton } from "@/ui/Feedback";

interface StartProps {
  projectId: number;
  isExtractive: boolean;
  onPick: (question: string) => void;
}

/** A conversation that isn't begun: what can be asked, and who answers. */
export function Start({ projectId, isExtractive, onPick }: StartProps) {
  const t = useTranslations("chat");
  return (
    <div className="relative min-h-0 grow overflow-y-auto">
      <div className="mx-auto flex max-w-2xl flex-col gap-4 py-6">
        <EmptyState icon={<MessagesSquare className="size-8" />} title={t("startTitle")}>
          <p>{t("startText")}</p>
          {isExtractive && <p className="rounded-md border border-line bg-subtle px-3 py-2">{t("extractiveNote")}</p>}
        </EmptyState>
        <Samples projectId={projectId} onPick={onPick} />
      </div>
    </div>
  );
}

function Samples({ projectId, onPick }: Pick<StartProps, "projectId" | "onPick">) {
  const t = useTranslations("chat");
  const { data: samples, isError } = useQuery(sampleDocumentsQuery(projectId));
  if (isError) return null; // asking works without
  if (!samples) return <Skeleton className="mx-4 h-20" />;
  if (samples.length === 0) return <NoDocuments projectId={projectId} />;
  return (
    <section aria-labelledby="samples" className="flex flex-col gap-2 px-4">
      <h2 id="samples" className="font-semibold text-muted text-xs">
        {t("samples")}
      </h2>
      <ul className="grid gap-2 sm:grid-cols-2">
        {samples.map((each) => (
          <li key={each.id}>
            <Sample sample={each} onPick={onPick} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Sample({ sample, onPick }: { sample: DocumentSummary; onPick: (question: string) => void }) {
  const t = useTranslations("chat");
  const question = t(`sample.${templateOf(sample.kind)}`, { title: sample.title });
  return (
    <button
      type="button"
      onClick={() => onPick(question)}
      className="flex h-full w-full flex-col rounded-md border border-line px-3 py-2 text-left hover:bg-hover"
    >
      <span>{question}</span>
      <span className="font-mono text-muted text-xs">{sample.path}</span>
    </button>
  );
}

function templateOf(kind: DocumentSummary["kind"]): "prd" | "architecture" | "epic" | "story" | "doc" {
  return kind === "prd" || kind === "architecture" || kind === "epic" || kind === "story" ? kind : "doc";
}

function NoDocuments({ projectId }: { projectId: number }) {
  const t = useTranslations("chat");
  return (
    <p className="px-4 text-center text-muted">
      {t.rich("noDocuments", {
        link: (words) => (
          <Link to="/projects/$projectId" params={{ projectId }} className="link underline">
            {words}
          </Link>
        ),
      })}
    </p>
  );
}
