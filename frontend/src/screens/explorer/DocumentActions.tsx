import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { Code, ExternalLink, FileDown, History, Link2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import type { DocumentContent } from "@/api/documents";
import { sourcesQuery } from "@/api/projects";
import { filePage } from "@/markdown/repositoryHost";
import { toDocument } from "@/shell/links";
import { useShortcut } from "@/shell/shortcuts";
import { IconButton } from "@/ui/Button";
import { Tooltip } from "@/ui/Tooltip";
import { useCopy } from "@/ui/useCopy";

interface DocumentActionsProps {
  document: DocumentContent;
  isSource: boolean;
  lines: [number, number] | undefined;
  onToggleSource: () => void;
}

/** What can be done with a document: other views of it, and ways to hand it on. */
export function DocumentActions({ document, isSource, lines, onToggleSource }: DocumentActionsProps) {
  const t = useTranslations("explorer.actions");
  const copyLink = useCopyLink(document);
  const host = useHost(document, lines);
  const canToggle = ["md", "markdown", "mdx", "csv", "tsv", "yaml", "yml", "json"].includes(document.file_type);
  const history = useHistory(document);
  useShortcut("copyPermalink", copyLink);
  useShortcut("toggleHistory", history.toggle);
  useShortcut("toggleSource", canToggle ? onToggleSource : null);
  return (
    <div className="flex shrink-0 items-center gap-0.5 print:hidden">
      {canToggle && (
        <IconButton
          label={t("source")}
          shortcut="v"
          aria-pressed={isSource}
          icon={<Code aria-hidden className="size-4" />}
          onClick={onToggleSource}
        />
      )}
      <IconButton
        label={t("history")}
        shortcut="h"
        aria-pressed={history.isShown}
        icon={<History aria-hidden className="size-4" />}
        onClick={history.toggle}
      />
      <IconButton
        label={t("copyLink")}
        shortcut="y"
        icon={<Link2 aria-hidden className="size-4" />}
        onClick={copyLink}
      />
      <IconLink
        href={`/api/documents/${document.id}/raw`}
        label={t("raw")}
        icon={<FileDown aria-hidden className="size-4" />}
      />
      {host && (
        <IconLink
          href={host}
          label={t("openOnHost", { host: new URL(host).hostname, commit: document.commit_sha.slice(0, 7) })}
          icon={<ExternalLink aria-hidden className="size-4" />}
        />
      )}
    </div>
  );
}

function useCopyLink(document: DocumentContent): () => void {
  const t = useTranslations("explorer");
  const router = useRouter();
  const copy = useCopy();
  return () => {
    const { hash, search } = router.state.location;
    const place = toDocument({ projectId: document.project_id, sourceId: document.source_id, path: document.path });
    const { href } = router.buildLocation({ ...place, search, ...(hash ? { hash } : {}) });
    void copy(`${location.origin}${href}`, t("linkCopied"));
  };
}

/** Whether the versions are shown instead of the document, and the way there and back. */
function useHistory({ project_id: projectId, source_id: sourceId, path }: DocumentContent) {
  const navigate = useNavigate();
  const view = useLocation({ select: ({ search }) => search.view });
  const isShown = view === "history" || view === "diff";
  const toggle = () => {
    void navigate(toDocument({ projectId, sourceId, path, ...(!isShown && { view: "history" }) }));
  };
  return { isShown, toggle };
}

function useHost(document: DocumentContent, lines: [number, number] | undefined): string | null {
  const { data: sources } = useQuery(sourcesQuery(document.project_id));
  const source = sources?.find((each) => each.id === document.source_id);
  return source ? filePage(source.repo_url, document.commit_sha, document.path, lines) : null;
}

function IconLink({ href, label, icon }: { href: string; label: string; icon: ReactNode }) {
  return (
    <Tooltip text={label}>
      <a
        href={href}
        target="_blank"
        rel="noopener noreferrer"
        aria-label={label}
        className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-fg"
      >
        {icon}
      </a>
    </Tooltip>
  );
}
