import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import type { Citation } from "@/api/chat";
import { placeOf } from "@/screens/chat/answerMarkdown";
import { citeOf } from "@/screens/chat/citeAddress";
import { Tooltip } from "@/ui/Tooltip";

interface CitationChipProps {
  projectId: number;
  conversationId: number;
  messageId: number;
  citation: Citation;
  isOpen: boolean;
}

/** The number of a citation; opens what it cites beside the chat. */
export function CitationChip({ projectId, conversationId, messageId, citation, isOpen }: CitationChipProps) {
  const t = useTranslations("chat");
  const cite = citeOf(messageId, citation.n);
  const place = placeOf(citation);
  return (
    <Tooltip text={place}>
      <Link
        to="/projects/$projectId/chat/$conversationId"
        params={{ projectId, conversationId }}
        search={{ cite }}
        replace={isOpen}
        resetScroll={false}
        data-cite={cite}
        aria-label={t("citationLabel", { n: citation.n, place })}
        aria-current={isOpen ? "true" : undefined}
        activeProps={{}}
        className="mx-0.5 inline-flex h-6 min-w-6 items-center justify-center rounded-md bg-accent-soft px-1 font-medium text-accent text-xs tabular-nums hover:underline aria-[current=true]:bg-accent-strong aria-[current=true]:text-on-strong"
      >
        {citation.n}
      </Link>
    </Tooltip>
  );
}
