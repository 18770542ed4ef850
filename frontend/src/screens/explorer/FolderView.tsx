import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Folder } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { documentQuery, type TreeNode } from "@/api/documents";
import { DocumentBody } from "@/markdown/DocumentBody";
import { Breadcrumb } from "@/screens/explorer/Breadcrumb";
import type { Place } from "@/screens/explorer/place";
import { introductionOf } from "@/screens/explorer/treeRows";
import { toDocument } from "@/shell/links";
import { DocumentStatus } from "@/ui/DocumentStatus";
import { KindIcon } from "@/ui/KindIcon";

interface FolderViewProps {
  projectId: number;
  place: Place;
  nodes: readonly TreeNode[];
  showTree: ReactNode;
}

/** What a folder holds, and its README. */
export function FolderView({ projectId, place, nodes, showTree }: FolderViewProps) {
  const t = useTranslations("explorer");
  const name = place.path.split("/").at(-1) || t("screenTitle");
  const introduction = introductionOf(nodes);
  return (
    <div className="mx-auto max-w-4xl px-4 py-4 sm:px-6">
      <title>{`${name} · BMADFlow`}</title>
      <div className="mb-3 flex items-center gap-2">
        {showTree}
        <Breadcrumb projectId={projectId} place={place} />
      </div>
      <h1 className="mb-3 font-semibold text-xl">{name}</h1>
      <ul className="mb-6 rounded-md border border-line">
        {nodes.map((node) => (
          <li key={node.path} className="border-line-muted border-b last:border-b-0">
            <Link
              {...toDocument({ projectId, sourceId: place.sourceId, path: node.path })}
              className="flex items-center gap-2 px-3 py-1.5 hover:bg-hover"
            >
              <NodeLabel node={node} />
            </Link>
          </li>
        ))}
      </ul>
      {introduction && <Introduction projectId={projectId} documentId={introduction.document_id} />}
    </div>
  );
}

function NodeLabel({ node }: { node: TreeNode }) {
  const t = useTranslations("explorer.tree");
  if (node.type === "folder") {
    return (
      <>
        <Folder role="img" aria-label={t("folder")} className="size-4 shrink-0 text-muted" />
        <span className="min-w-0 grow truncate">{node.name}</span>
      </>
    );
  }
  return (
    <>
      <KindIcon kind={node.kind} />
      <span className="min-w-0 grow truncate">{node.name}</span>
      {node.status && <DocumentStatus status={node.status} />}
    </>
  );
}

function Introduction({ projectId, documentId }: { projectId: number; documentId: number }) {
  const { data: document } = useQuery(documentQuery(projectId, documentId));
  if (!document) return null;
  return (
    <div className="rounded-md border border-line px-4 py-6 sm:px-8">
      <DocumentBody key={document.id} document={document} isPanel />
    </div>
  );
}
