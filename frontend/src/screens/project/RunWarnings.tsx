import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslations } from "use-intl";
import { treeQuery } from "@/api/documents";
import type { SyncRun } from "@/api/projects";
import { matching, pathsOf } from "@/screens/project/warnings";
import { toDocument } from "@/shell/links";
import { TextInput } from "@/ui/Field";
import { Panel } from "@/ui/Panel";

type Warning = SyncRun["warnings"][number];

const KEPT = 100; // as many as the server keeps of one run
const FILTERED_FROM = 5;

/** What is wrong with single files, each with the way to the file where it can be shown. */
export function RunWarnings({ run }: { run: SyncRun }) {
  const t = useTranslations("project.run");
  const [words, setWords] = useState("");
  const { warnings } = run;
  const shown = matching(warnings, words);
  return (
    <Panel title={t("warnings")}>
      {warnings.length === 0 && <p className="p-4 text-muted">{t("noWarnings")}</p>}
      {warnings.length >= FILTERED_FROM && (
        <div className="flex flex-wrap items-center gap-3 border-line-muted border-b px-4 py-2">
          <TextInput
            type="search"
            className="max-w-72"
            aria-label={t("filterWarnings")}
            placeholder={t("filterWarnings")}
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
          <span role="status" className="text-muted text-xs">
            {t("shown", { shown: String(shown.length), total: String(warnings.length) })}
          </span>
        </div>
      )}
      {shown.length > 0 && <WarningList run={run} warnings={shown} />}
      {warnings.length > 0 && shown.length === 0 && <p className="p-4 text-muted">{t("noMatch")}</p>}
      {warnings.length >= KEPT && (
        <p className="border-line-muted border-t px-4 py-2 text-muted text-xs">{t("capped", { count: KEPT })}</p>
      )}
    </Panel>
  );
}

function WarningList({ run, warnings }: { run: SyncRun; warnings: Warning[] }) {
  const { data: tree } = useQuery(treeQuery(run.project_id));
  const paths = useMemo(() => pathsOf(tree?.sources ?? [], run.source_id), [tree, run.source_id]);
  return (
    <ul>
      {warnings.map((warning) => (
        <li
          key={`${warning.path}\n${warning.message}`}
          className="flex gap-2 border-line-muted border-t px-4 py-2 first:border-t-0"
        >
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
          <div className="min-w-0">
            <WarningPath run={run} path={warning.path} isStored={paths.has(warning.path)} />
            <p>{warning.message}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function WarningPath({ run, path, isStored }: { run: SyncRun; path: string; isStored: boolean }) {
  const t = useTranslations("project.run");
  if (path === "") return <p className="text-muted text-xs">{t("wholeRepository")}</p>;
  if (!isStored) return <p className="font-mono text-muted text-xs">{path}</p>;
  return (
    <Link
      {...toDocument({ projectId: run.project_id, sourceId: run.source_id, path })}
      className="link font-mono text-xs"
    >
      {path}
    </Link>
  );
}
