import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ChevronLeft, ChevronRight, X } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { useTranslations } from "use-intl";
import type { Citation, Message } from "@/api/chat";
import { documentQuery } from "@/api/documents";
import { ApiError } from "@/api/problem";
import { DocumentBody, type Target } from "@/markdown/DocumentBody";
import { type Cited, citeOf, findCited } from "@/screens/chat/citeAddress";
import { useLineSpan } from "@/screens/chat/lineSpan";
import { toDocument } from "@/shell/links";
import { useShortcut } from "@/shell/shortcuts";
import { buttonClasses, IconButton } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { EmptyState, SkeletonRows } from "@/ui/Feedback";

interface CitationPanelProps {
  projectId: number;
  conversationId: number;
  messages: Message[];
  cite: string;
  /** Whether the conversation is still being loaded, so that a missing citation means nothing. */
  isPending: boolean;
}

/** The section that a citation names, in its document, beside the chat. */
export function CitationPanel({ projectId, conversationId, messages, cite, isPending }: CitationPanelProps) {
  const t = useTranslations("chat");
  const cited = useMemo(() => findCited(messages, cite), [messages, cite]);
  const navigate = useNavigate();
  const go = (next: string | null) =>
    void navigate({
      to: "/projects/$projectId/chat/$conversationId",
      params: { projectId, conversationId },
      search: next ? { cite: next } : {},
      replace: next !== null,
      resetScroll: false,
    });
  const close = () => {
    go(null);
    // The panel takes the focus along when it goes; the mark that opened it is where reading went on.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-cite="${CSS.escape(cite)}"]`)?.focus());
  };
  useShortcut("closeSection", close);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus({ preventScroll: true }), []);
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      aria-label={t("citedSection")}
      className="flex min-h-0 min-w-0 flex-col bg-canvas focus:outline-none max-lg:absolute max-lg:inset-0 max-lg:z-10 lg:w-1/2 lg:max-w-3xl lg:border-line lg:border-l"
    >
      {cited ? (
        <CitedSection projectId={projectId} cited={cited} onClose={close} onGo={go} />
      ) : (
        <>
          <Bar onClose={close} />
          {isPending ? <SkeletonRows className="p-4" /> : <EmptyState title={t("noCitation")} />}
        </>
      )}
    </aside>
  );
}

interface CitedSectionProps {
  projectId: number;
  cited: Cited;
  onClose: () => void;
  onGo: (cite: string) => void;
}

function CitedSection({ projectId, cited, onClose, onGo }: CitedSectionProps) {
  const t = useTranslations("chat");
  const { citation, previous, next, messageId } = cited;
  const step = (to: Citation | undefined, label: string, icon: ReactNode) => (
    <IconButton label={label} icon={icon} aria-disabled={!to} onClick={() => to && onGo(citeOf(messageId, to.n))} />
  );
  return (
    <>
      <Bar onClose={onClose} n={citation.n}>
        {step(previous, t("previousCitation"), <ChevronLeft aria-hidden className="size-4" />)}
        {step(next, t("nextCitation"), <ChevronRight aria-hidden className="size-4" />)}
      </Bar>
      <Place projectId={projectId} citation={citation} />
      {/* Another source begins at its top; the buttons above keep the focus. */}
      <div key={citeOf(messageId, citation.n)} className="relative min-h-0 grow overflow-y-auto p-4">
        {citation.is_current ? (
          <LiveSection projectId={projectId} citation={citation} />
        ) : (
          <StoredQuote citation={citation} reason={t("changedText")} />
        )}
      </div>
    </>
  );
}

function Bar({ onClose, n, children }: { onClose: () => void; n?: number; children?: ReactNode }) {
  const t = useTranslations("chat");
  return (
    <div className="flex h-11 shrink-0 items-center gap-1 border-line border-b bg-subtle px-2">
      <button type="button" onClick={onClose} className={`${buttonClasses("ghost", "sm")} lg:hidden`}>
        <ArrowLeft aria-hidden className="size-4" />
        {t("backToChat")}
      </button>
      <h2 className="min-w-0 grow truncate px-2 font-semibold max-lg:text-right">
        {n === undefined ? t("citedSection") : t("citation", { n })}
      </h2>
      {children}
      <span className="max-lg:hidden">
        <IconButton
          label={t("closeSection")}
          shortcut="x"
          icon={<X aria-hidden className="size-4" />}
          onClick={onClose}
        />
      </span>
    </div>
  );
}

function Place({ projectId, citation }: { projectId: number; citation: Citation }) {
  const t = useTranslations("chat");
  const span = useLineSpan();
  const { source_id: sourceId, path, anchor, line_start, line_end } = citation;
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-4 py-2 text-xs">
      <div className="min-w-0 grow basis-64">
        <p className="font-mono">{path}</p>
        {citation.heading_path.length > 0 && <p>{citation.heading_path.join(" › ")}</p>}
        <p className="text-muted">
          {span(line_start, line_end)} ·{" "}
          {t.rich("atCommit", {
            sha: citation.commit_sha.slice(0, 7),
            code: (sha) => (
              <code title={citation.commit_sha} className="font-mono">
                {sha}
              </code>
            ),
          })}
        </p>
      </div>
      <Link
        {...toDocument({ projectId, sourceId, path, anchor, lines: [line_start, line_end] })}
        className={buttonClasses("default", "sm")}
      >
        {t("openInDocuments")}
      </Link>
    </div>
  );
}

function LiveSection({ projectId, citation }: { projectId: number; citation: Citation }) {
  const t = useTranslations("chat");
  const { data: document, error, refetch } = useQuery(documentQuery(projectId, citation.document_id));
  const { anchor, line_start, line_end, quote } = citation;
  const target = useMemo<Target>(
    () => ({ anchor, lines: [line_start, line_end], quote }),
    [anchor, line_start, line_end, quote],
  );
  if (error instanceof ApiError && error.status === 404) {
    return <StoredQuote citation={citation} reason={t("goneText")} />;
  }
  if (error && !document) return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  if (!document) return <SkeletonRows count={9} />;
  return <DocumentBody document={document} target={target} isPanel />;
}

/** What was cited, where the document doesn't say it any more. */
function StoredQuote({ citation, reason }: { citation: Citation; reason: string }) {
  const t = useTranslations("chat");
  return (
    <div className="flex flex-col gap-3">
      <p className="rounded-md border border-warning bg-warning-soft px-3 py-2">{reason}</p>
      <figure>
        <figcaption className="mb-1 font-semibold text-xs">{t("storedQuote")}</figcaption>
        <blockquote className="whitespace-pre-wrap rounded-md bg-mark p-3 font-mono text-xs">
          {citation.quote}
        </blockquote>
      </figure>
    </div>
  );
}
