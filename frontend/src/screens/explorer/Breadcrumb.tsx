import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment, useLayoutEffect, useRef } from "react";
import { useTranslations } from "use-intl";
import { treeQuery } from "@/api/documents";
import type { Place } from "@/screens/explorer/place";
import { toDocument } from "@/shell/links";

/** The folders around a document or a folder, each of which can be opened; on small screens one line, the name in view. */
export function Breadcrumb({ projectId, place }: { projectId: number; place: Place }) {
  const t = useTranslations("explorer");
  const { data: tree } = useQuery(treeQuery(projectId));
  const source = tree?.sources.find((each) => each.source_id === place.sourceId);
  const parts = place.path.split("/").filter(Boolean);
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names decide where the last one is
  useLayoutEffect(() => {
    const name = nav.current?.querySelector("li:last-child");
    if (!nav.current || !name) return;
    nav.current.scrollLeft += name.getBoundingClientRect().left - nav.current.getBoundingClientRect().left;
  }, [place.path, source?.name]);
  return (
    <nav ref={nav} aria-label={t("path")} className="min-w-0 grow max-sm:overflow-x-auto max-sm:[scrollbar-width:none]">
      <ol className="flex items-center text-muted text-sm max-sm:w-max sm:flex-wrap">
        <li>
          <FolderLink projectId={projectId} sourceId={place.sourceId} path="" name={source?.name ?? "…"} />
        </li>
        {parts.map((name, index) => {
          const path = parts.slice(0, index + 1).join("/");
          const isLast = index === parts.length - 1;
          return (
            <Fragment key={path}>
              <li aria-hidden className="px-1">
                /
              </li>
              <li aria-current={isLast ? "page" : undefined} className={isLast ? "font-semibold text-fg" : undefined}>
                {isLast ? name : <FolderLink projectId={projectId} sourceId={place.sourceId} path={path} name={name} />}
              </li>
            </Fragment>
          );
        })}
      </ol>
    </nav>
  );
}

function FolderLink({ name, ...place }: Place & { projectId: number; name: string }) {
  return (
    <Link {...toDocument(place)} className="link">
      {name}
    </Link>
  );
}
