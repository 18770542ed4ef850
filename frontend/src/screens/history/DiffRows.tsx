import { type ReactNode, useMemo } from "react";
import { useTranslations } from "use-intl";
import type { DiffHunk, DiffLine } from "@/api/versions";
import { changedParts, type Pair, pairsOf } from "@/screens/history/linePairs";
import { classes } from "@/ui/classes";

const LOOKS = { context: "", added: "is-added", removed: "is-removed" } as const;
const SIGNS = { context: "", added: "+", removed: "−" } as const;

type Parts = ReturnType<typeof changedParts>;

function usePairs(hunk: DiffHunk): { pairs: Pair[]; parts: Parts } {
  return useMemo(() => {
    const pairs = pairsOf(hunk.lines);
    return { pairs, parts: changedParts(pairs) };
  }, [hunk]);
}

/** The lines of both versions below each other. */
export function UnifiedRows({ hunk }: { hunk: DiffHunk }) {
  const { parts } = usePairs(hunk);
  return (
    <>
      <Heads isSplit={false} />
      <tbody>
        {hunk.lines.map((line) => (
          <tr key={`${line.old_line} ${line.new_line}`} className={LOOKS[line.kind]}>
            <td className="diff-number">{line.old_line}</td>
            <td className="diff-number">{line.new_line}</td>
            <Text line={line} part={parts.get(line)} />
          </tr>
        ))}
      </tbody>
    </>
  );
}

/** The lines before on the left, those after on the right. */
export function SplitRows({ hunk }: { hunk: DiffHunk }) {
  const { pairs, parts } = usePairs(hunk);
  return (
    <>
      <Heads isSplit />
      <tbody>
        {pairs.map((pair) => (
          <tr key={`${pair.old?.old_line} ${pair.new?.new_line}`}>
            <Side line={pair.old} number={pair.old?.old_line} part={pair.old ? parts.get(pair.old) : undefined} />
            <Side line={pair.new} number={pair.new?.new_line} part={pair.new ? parts.get(pair.new) : undefined} />
          </tr>
        ))}
      </tbody>
    </>
  );
}

/** Names the columns for those who can't see them, and gives them their widths. */
function Heads({ isSplit }: { isSplit: boolean }) {
  const t = useTranslations("history");
  const before = <th className="diff-number">{hidden(t("lineOld"))}</th>;
  const after = <th className="diff-number">{hidden(t("lineNew"))}</th>;
  return (
    <thead>
      <tr>
        {before}
        {isSplit ? <TextHeads name={t("from")} /> : null}
        {after}
        <TextHeads name={t("to")} />
      </tr>
    </thead>
  );
}

function TextHeads({ name }: { name: string }) {
  return (
    <>
      <td className="diff-sign" />
      <th>{hidden(name)}</th>
    </>
  );
}

function hidden(name: string): ReactNode {
  return <span className="sr-only">{name}</span>;
}

type PartOf = [number, number] | undefined;

function Side({ line, number, part }: { line: DiffLine | null; number: number | null | undefined; part: PartOf }) {
  if (!line) {
    return (
      <>
        <td className="diff-number is-absent" />
        <td className="diff-sign is-absent" />
        <td className="diff-text is-absent" />
      </>
    );
  }
  return (
    <>
      <td className={classes("diff-number", LOOKS[line.kind])}>{number}</td>
      <Text line={line} part={part} />
    </>
  );
}

/** A line's sign and text, in the colours of what happened to it. */
function Text({ line, part }: { line: DiffLine; part: PartOf }) {
  const t = useTranslations("history");
  const look = LOOKS[line.kind];
  return (
    <>
      <td className={classes("diff-sign", look)}>
        <span aria-hidden>{SIGNS[line.kind]}</span>
        {line.kind !== "context" && <span className="sr-only">{t(line.kind)}</span>}
      </td>
      <td className={classes("diff-text", look)}>
        <Marked text={line.text} part={part} />
        {line.is_unterminated && line.kind !== "context" && (
          <span className="block text-muted italic">{t("noLineBreak")}</span>
        )}
      </td>
    </>
  );
}

function Marked({ text, part }: { text: string; part: PartOf }) {
  if (!part || part[0] === part[1]) return text;
  return (
    <>
      {text.slice(0, part[0])}
      <mark>{text.slice(...part)}</mark>
      {text.slice(part[1])}
    </>
  );
}
