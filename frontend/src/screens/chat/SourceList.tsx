import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Citation } from "@/api/chat";
import { citeOf } from "@/screens/chat/citeAddress";
import { useLineSpan } from "@/screens/chat/lineSpan";
import { Badge } from "@/ui/Badge";

interface SourceListProps {
  projectId: number;
  conversationId: number;
  messageId: number;
  sources: Citation[];
  openCite: string | undefined;
}

/** What an answer cites, by number. */
export function SourceList({ projectId, conversationId, messageId, sources, openCite }: SourceListProps) {
  const t = useTranslations("chat");
  return (
    <div className="flex flex-col gap-1">
      <h3 className="font-semibold text-muted text-xs">{t("sources")}</h3>
      <ol className="flex flex-col rounded-md border border-line">
        {sources.map((citation) => {
          const cite = citeOf(messageId, citation.n);
          return (
            <li key={citation.n} className="border-line-muted border-t first:border-t-0">
              <Link
                to="/projects/$projectId/chat/$conversationId"
                params={{ projectId, conversationId }}
                search={{ cite }}
                resetScroll={false}
                aria-current={cite === openCite ? "true" : undefined}
                activeProps={{}}
                className="flex gap-2 px-2 py-1.5 hover:bg-hover aria-[current=true]:bg-selected"
              >
                <span className="min-w-5 text-right text-xs tabular-nums leading-5">{citation.n}.</span>
                <SourcePlace citation={citation} />
              </Link>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function SourcePlace({ citation }: { citation: Citation }) {
  const t = useTranslations("chat");
  const span = useLineSpan();
  return (
    <span className="flex min-w-0 grow flex-col gap-0.5 text-xs">
      <span className="flex flex-wrap items-center gap-x-2">
        <span className="font-mono leading-5">{citation.path}</span>
        <span>{span(citation.line_start, citation.line_end)}</span>
        {!citation.is_current && <Badge tone="warning">{t("changedSince")}</Badge>}
      </span>
      {citation.heading_path.length > 0 && <span>{citation.heading_path.join(" › ")}</span>}
    </span>
  );
}
