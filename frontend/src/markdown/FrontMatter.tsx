import { ChevronRight } from "lucide-react";
import { useTranslations } from "use-intl";
import { countRows, isSimple, simpleText } from "@/markdown/frontMatterRows";

const ROWS_OPEN = 8;

/** What a document says of itself before its text. */
export function FrontMatter({ values }: { values: Record<string, unknown> }) {
  const t = useTranslations("explorer.markdown");
  const count = countRows(values);
  if (count === 0) return null;
  return (
    <details open={count <= ROWS_OPEN} className="group mb-6 rounded-md border border-line">
      <summary className="flex list-none items-center gap-1 px-3 py-1.5 text-muted text-xs">
        <ChevronRight aria-hidden className="size-4 group-open:rotate-90" />
        {t("frontMatter", { count })}
      </summary>
      <div className="border-line border-t">
        <Values values={values} />
      </div>
    </details>
  );
}

function Values({ values }: { values: object }) {
  return (
    <table className="w-full text-xs max-sm:block">
      <tbody className="max-sm:block">
        {Object.entries(values).map(([name, value]) => (
          <tr key={name} className="border-line-muted border-b align-top last:border-b-0 max-sm:block">
            <th
              scope="row"
              className="min-w-16 px-3 py-1.5 pr-6 text-left font-semibold [overflow-wrap:normal] max-sm:block max-sm:pb-0"
            >
              {Array.isArray(values) ? Number(name) + 1 : name}
            </th>
            <td className="w-full px-3 py-1.5 max-sm:block max-sm:pt-0.5">
              <Value value={value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ value }: { value: unknown }) {
  if (isSimple(value)) return <span className="whitespace-pre-wrap">{simpleText(value)}</span>;
  return (
    <div className="rounded-sm border border-line-muted">
      <Values values={value as object} />
    </div>
  );
}
