import { useState } from "react";
import { useTranslations } from "use-intl";
import type { DiffHunk, DocumentDiff } from "@/api/versions";
import { SplitRows, UnifiedRows } from "@/screens/history/DiffRows";
import { shownHunks } from "@/screens/history/shownHunks";
import { Button } from "@/ui/Button";

const LINES_AT_ONCE = 1_000;

/** The lines that differ, in their surroundings; of very many a part at first. */
export function DiffView({ diff, isSplit }: { diff: DocumentDiff; isSplit: boolean }) {
  const t = useTranslations("history");
  const [most, setMost] = useState(LINES_AT_ONCE);
  const { hunks, linesLeft } = shownHunks(diff.hunks, most);
  if (diff.hunks.length === 0) return <p className="text-muted">{t(diff.is_truncated ? "unshown" : "nothing")}</p>;
  return (
    <>
      <div className="overflow-hidden rounded-md border border-line">
        {hunks.map((hunk) => (
          <Hunk key={`${hunk.old_start} ${hunk.new_start}`} hunk={hunk} isSplit={isSplit} />
        ))}
      </div>
      {linesLeft > 0 && (
        <div className="mt-3 text-center">
          <Button size="sm" onClick={() => setMost(most + LINES_AT_ONCE)}>
            {t("moreLines", { count: linesLeft })}
          </Button>
        </div>
      )}
      {linesLeft === 0 && diff.is_truncated && <p className="mt-3 text-warning">{t("truncated")}</p>}
    </>
  );
}

function Hunk({ hunk, isSplit }: { hunk: DiffHunk; isSplit: boolean }) {
  const t = useTranslations("history");
  const from = Math.max(1, hunk.new_start);
  const name = t("hunk", { from, to: Math.max(from, hunk.new_start + hunk.new_lines - 1) });
  return (
    <section aria-label={name} className="diff-hunk border-line border-t first:border-t-0">
      <h2 className="border-line-muted border-b bg-subtle px-3 py-1 text-muted text-xs">{name}</h2>
      <table className="diff-lines">{isSplit ? <SplitRows hunk={hunk} /> : <UnifiedRows hunk={hunk} />}</table>
    </section>
  );
}
