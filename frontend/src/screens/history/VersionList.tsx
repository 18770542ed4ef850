import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import type { DocumentContent } from "@/api/documents";
import { sourcesQuery } from "@/api/projects";
import { type DocumentVersion, versionsQuery } from "@/api/versions";
import { type Choice, chosen } from "@/screens/history/choice";
import { CommitLink } from "@/screens/project/CommitLink";
import { toDocument } from "@/shell/links";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";
import { Time } from "@/ui/Time";

/** All versions of a document that are kept, of which two can be compared. */
export function VersionList({ document }: { document: DocumentContent }) {
  const t = useTranslations("history");
  const versions = useInfiniteQuery(versionsQuery(document.project_id, document.id));
  const items = versions.data?.pages.flatMap((page) => page.items) ?? [];
  const title = t("title", { title: document.title });
  return (
    <>
      <title>{`${title} · BMADFlow`}</title>
      <h1 className="mb-3 font-semibold text-xl">{title}</h1>
      {versions.isPending && <SkeletonRows />}
      {items.length > 0 && <Choosable document={document} versions={items} />}
      {versions.isError && <ErrorNotice error={versions.error} onRetry={() => void versions.refetch()} />}
      {versions.hasNextPage && (
        <div className="mt-3 text-center">
          <Button size="sm" isBusy={versions.isFetchingNextPage} onClick={() => void versions.fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
      {items.length > 0 && <p className="mt-3 text-muted text-xs">{t("kept")}</p>}
    </>
  );
}

function Choosable({ document, versions }: { document: DocumentContent; versions: DocumentVersion[] }) {
  const t = useTranslations("history");
  const navigate = useNavigate();
  const [choice, setChoice] = useState<Choice>({ from: null, to: null });
  const { project_id: projectId, source_id: sourceId, path } = document;
  const isComparable = versions.length > 1;
  const { from, to, between } = chosen(versions, choice);
  const compare = (event: FormEvent) => {
    event.preventDefault();
    void navigate(toDocument({ projectId, sourceId, path, view: "diff", between }));
  };
  return (
    <form onSubmit={compare} className="rounded-md border border-line">
      <div className="flex min-h-11 items-center gap-3 rounded-t-md border-line border-b bg-subtle px-3 py-1.5 text-xs">
        {isComparable ? (
          <>
            <span aria-hidden className="grid w-20 grid-cols-2 text-center font-semibold">
              <span>{t("from")}</span>
              <span>{t("to")}</span>
            </span>
            <span className="grow" />
            <Button type="submit" size="sm" disabled={from === to}>
              {t("compare")}
            </Button>
          </>
        ) : (
          <p>
            <strong className="block text-sm">{t("only")}</strong> {t("onlyText")}
          </p>
        )}
      </div>
      <ol>
        {versions.map((version, index) => (
          <VersionRow
            key={version.commit_sha}
            document={document}
            version={version}
            before={versions[index + 1]}
            chosenAs={isComparable ? { isFrom: from === version.commit_sha, isTo: to === version.commit_sha } : null}
            onChoose={(side) => setChoice({ from, to, [side]: version.commit_sha })}
          />
        ))}
      </ol>
    </form>
  );
}

interface VersionRowProps {
  document: DocumentContent;
  version: DocumentVersion;
  /** The version that this one followed, where it is known. */
  before: DocumentVersion | undefined;
  /** Null where there is nothing to compare it with. */
  chosenAs: { isFrom: boolean; isTo: boolean } | null;
  onChoose: (side: keyof Choice) => void;
}

function VersionRow({ document, version, before, chosenAs, onChoose }: VersionRowProps) {
  const t = useTranslations("history");
  const name = t("version", { commit: version.commit_sha.slice(0, 7) });
  const { project_id: projectId, source_id: sourceId, path } = document;
  const between = before && { from: before.commit_sha, to: version.commit_sha };
  const subject = version.last_commit?.subject || name;
  return (
    <li className="flex items-start gap-3 border-line-muted border-t px-3 py-2 first:border-t-0">
      {chosenAs && (
        <span className="grid w-20 shrink-0 grid-cols-2 justify-items-center">
          <Choose
            name="from"
            label={t("compareFrom", { version: name })}
            isChosen={chosenAs.isFrom}
            onChoose={onChoose}
          />
          <Choose name="to" label={t("compareTo", { version: name })} isChosen={chosenAs.isTo} onChoose={onChoose} />
        </span>
      )}
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-x-2">
          {between ? (
            <Link {...toDocument({ projectId, sourceId, path, view: "diff", between })} className="link font-semibold">
              <span className="sr-only">{t("changesOf", { version: name })}: </span>
              {subject}
            </Link>
          ) : (
            <span className="font-semibold">{subject}</span>
          )}
          {version.is_current && <Badge tone="success">{t("current")}</Badge>}
        </p>
        <VersionFacts document={document} version={version} />
      </div>
    </li>
  );
}

/** Whose change brought a version, and when it was read. */
export function VersionFacts({ document, version }: { document: DocumentContent; version: DocumentVersion }) {
  const t = useTranslations("history");
  const { data: sources } = useQuery(sourcesQuery(document.project_id));
  const repoUrl = sources?.find((each) => each.id === document.source_id)?.repo_url;
  const commit = version.last_commit;
  return (
    <p className="flex flex-wrap gap-x-3 text-muted text-xs">
      <CommitLink sha={commit?.sha ?? version.commit_sha} repoUrl={repoUrl} />
      {commit && (
        <span>
          {commit.author}
          {commit.committed_at && (
            <>
              , <Time at={commit.committed_at} />
            </>
          )}
        </span>
      )}
      <span>{t.rich("read", { time: () => <Time at={version.synced_at} /> })}</span>
      {version.path !== document.path && <span className="break-all">{t("path", { path: version.path })}</span>}
    </p>
  );
}

interface ChooseProps {
  name: keyof Choice;
  label: string;
  isChosen: boolean;
  onChoose: (side: keyof Choice) => void;
}

function Choose({ name, label, isChosen, onChoose }: ChooseProps) {
  return (
    <label className="flex size-6 items-center justify-center">
      <input
        type="radio"
        name={name}
        aria-label={label}
        checked={isChosen}
        onChange={() => onChoose(name)}
        className="size-4 accent-accent-strong"
      />
    </label>
  );
}
