import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { useTranslations } from "use-intl";
import type { SearchHit } from "@/api/documents";
import { HIT } from "@/screens/search/hitFocus";
import { type HitGroup, headingsOf, parseSnippet } from "@/screens/search/hits";
import { toDocument } from "@/shell/links";
import { Badge } from "@/ui/Badge";
import { identifierOf } from "@/ui/identifier";
import { KindIcon } from "@/ui/KindIcon";
import { Marked } from "@/ui/Marked";

interface HitGroupCardProps {
  hits: HitGroup["hits"];
  /** Named where hits come from several projects. */
  projectName: string | undefined;
}

/** A document and those of its passages that were found next to each other. */
export function HitGroupCard({ hits, projectName }: HitGroupCardProps) {
  const names = useTranslations("ui.kinds");
  const [{ kind, title, path, project_id, source_id }] = hits;
  const identifier = identifierOf(hits[0]);
  return (
    <li className="min-w-0 rounded-md border border-line">
      <div className="flex items-start gap-2 rounded-t-md border-line-muted border-b bg-subtle px-3 py-2">
        <span aria-hidden className="mt-0.5 flex size-4 shrink-0 items-center justify-center">
          <KindIcon kind={kind} />
        </span>
        <div className="min-w-0 grow">
          <h2 className="font-semibold">
            <Link {...toDocument({ projectId: project_id, sourceId: source_id, path })} className="hover:underline">
              {title}
            </Link>
          </h2>
          <p className="text-muted text-xs">
            {projectName && <span className="font-semibold">{projectName} · </span>}
            {path}
          </p>
        </div>
        <div className="flex shrink-0 flex-col items-end gap-1 sm:flex-row">
          <Badge>{names(kind)}</Badge>
          {identifier && <span className="max-w-32 truncate font-mono text-muted text-xs leading-5">{identifier}</span>}
        </div>
      </div>
      <ol className="divide-y divide-line-muted">
        {hits.map((hit) => (
          <Passage key={hit.rank} hit={hit} />
        ))}
      </ol>
    </li>
  );
}

function Passage({ hit }: { hit: SearchHit }) {
  const t = useTranslations("search");
  const { project_id, source_id, path, anchor, line_start, line_end } = hit;
  const headings = headingsOf(hit);
  const lines =
    line_start === line_end ? t("line", { from: line_start }) : t("lines", { from: line_start, to: line_end });
  const place = toDocument({ projectId: project_id, sourceId: source_id, path, anchor, lines: [line_start, line_end] });
  return (
    // The link reaches over the whole passage, its name stays short.
    <li className="relative px-3 py-2 last:rounded-b-md focus-within:bg-selected hover:bg-hover">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <Link
          {...place}
          {...HIT}
          className="link min-w-0 grow basis-full text-sm after:absolute after:inset-0 sm:basis-0"
        >
          {headings.length > 0 ? <Trail headings={headings} /> : lines}
        </Link>
        {headings.length > 0 && <span className="shrink-0 text-fg text-xs">{lines}</span>}
        <Relevance score={hit.score} />
      </div>
      <p className="mt-0.5 line-clamp-4 text-fg text-sm">
        <Marked parts={parseSnippet(hit.snippet)} />
      </p>
      {hit.also_in.length > 0 && <AlsoIn hit={hit} />}
    </li>
  );
}

/** Where the passage stands too, almost word for word: links of their own, above the passage's. */
function AlsoIn({ hit: { project_id, also_in } }: { hit: SearchHit }) {
  const t = useTranslations("found");
  const id = useId();
  return (
    <div className="mt-1 flex flex-wrap items-baseline gap-x-2 text-xs">
      <span id={id} className="text-fg">
        {t("alsoIn")}
      </span>
      <ul aria-labelledby={id} className="relative z-10 flex min-w-0 flex-wrap gap-x-3">
        {also_in.map(({ document_id, source_id, path, anchor, line_start, line_end }) => (
          <li key={`${document_id}-${line_start}`} className="min-w-0">
            <Link
              {...toDocument({
                projectId: project_id,
                sourceId: source_id,
                path,
                anchor,
                lines: [line_start, line_end],
              })}
              className="link inline-block min-h-6 break-all leading-6"
            >
              {path}:{line_start}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Trail({ headings }: { headings: string[] }) {
  return headings.map((heading, level) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a heading's level is what it is here
    <span key={level}>
      {level > 0 && " › "}
      <span className={level === headings.length - 1 ? "font-semibold" : undefined}>{heading}</span>
    </span>
  ));
}

/** How sure the server is, as a short bar. */
function Relevance({ score }: { score: number }) {
  const t = useTranslations("search");
  const text = t("relevance", { value: score });
  return (
    <span className="relative z-10 flex shrink-0 items-center" title={text}>
      <span className="sr-only">{text}</span>
      <span aria-hidden className="block h-1.5 w-8 overflow-hidden rounded-full bg-line">
        <span className="block h-full bg-accent-strong" style={{ width: `${Math.round(score * 100)}%` }} />
      </span>
    </span>
  );
}
