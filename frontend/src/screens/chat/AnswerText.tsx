import { memo, type ReactNode, useMemo } from "react";
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { useTranslations } from "use-intl";
import type { Citation } from "@/api/chat";
import { citationMarks } from "@/screens/chat/citationMarks";

const PROSE =
  "leading-6 [&>*:first-child]:mt-0 [&>*:last-child]:mb-0 [&_blockquote]:my-2 [&_blockquote]:border-line [&_blockquote]:border-l-4 [&_blockquote]:pl-3 [&_code]:rounded-sm [&_code]:bg-inset [&_code]:px-1 [&_code]:font-mono [&_code]:text-xs [&_h3]:mt-4 [&_h3]:mb-2 [&_h3]:font-semibold [&_hr]:my-4 [&_hr]:border-line [&_li]:my-1 [&_ol]:my-2 [&_ol]:list-decimal [&_ol]:pl-6 [&_p]:my-2 [&_pre]:my-2 [&_pre]:whitespace-pre-wrap [&_pre]:rounded-md [&_pre]:bg-inset [&_pre]:p-3 [&_pre_code]:bg-transparent [&_pre_code]:p-0 [&_ul:not(.contains-task-list)]:list-disc [&_ul]:my-2 [&_ul]:pl-6";

interface AnswerTextProps {
  content: string;
  sources: Citation[];
  /** What stands in the place of a citation's mark. */
  renderCitation: (citation: Citation) => ReactNode;
}

/**
 * An answer's Markdown. HTML in it is shown as text, images by their words; links lead only to the web and to mail. Its
 * headings are all of one level, below the answer's own.
 */
export const AnswerText = memo(function AnswerText({ content, sources, renderCitation }: AnswerTextProps) {
  const plugins = useMemo(() => {
    const numbers = new Set(sources.map((each) => each.n));
    return [remarkGfm, [citationMarks, { numbers }] as [typeof citationMarks, { numbers: Set<number> }]];
  }, [sources]);
  const components = useMemo<Components>(
    () => ({
      ...COMPONENTS,
      cite: (props) => {
        const n = Number((props as { "data-n"?: string })["data-n"]);
        const citation = sources.find((each) => each.n === n);
        return citation ? renderCitation(citation) : null;
      },
    }),
    [sources, renderCitation],
  );
  return (
    <div className={PROSE}>
      <Markdown remarkPlugins={plugins} components={components}>
        {content}
      </Markdown>
    </div>
  );
});

const COMPONENTS: Components = {
  a: ({ href, children }) => <AnswerLink href={href}>{children}</AnswerLink>,
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h3>{children}</h3>,
  h3: ({ children }) => <h3>{children}</h3>,
  h4: ({ children }) => <h3>{children}</h3>,
  h5: ({ children }) => <h3>{children}</h3>,
  h6: ({ children }) => <h3>{children}</h3>,
  img: ({ alt }) => <span>{alt}</span>,
  input: ({ checked }) => <TaskMark isDone={checked === true} />,
  table: ({ children }) => <AnswerTable>{children}</AnswerTable>,
  section: ({ children }) => <div>{children}</div>,
};

function AnswerLink({ href, children }: { href: string | undefined; children: ReactNode }) {
  if (!href || !/^(https?:|mailto:)/i.test(href)) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" className="link underline">
      {children}
    </a>
  );
}

function TaskMark({ isDone }: { isDone: boolean }) {
  const t = useTranslations("chat");
  return (
    <span role="img" aria-label={t(isDone ? "taskDone" : "taskOpen")} className="mr-1">
      {isDone ? "☑" : "☐"}
    </span>
  );
}

/** Wide tables scroll by themselves, by keyboard too. */
function AnswerTable({ children }: { children: ReactNode }) {
  const t = useTranslations("chat");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section aria-label={t("table")} tabIndex={0} className="my-2 overflow-x-auto">
      <table className="border-collapse [&_td]:min-w-24 [&_td]:border [&_td]:border-line [&_td]:px-2 [&_td]:py-1 [&_th]:border [&_th]:border-line [&_th]:bg-subtle [&_th]:px-2 [&_th]:py-1 [&_th]:text-left">
        {children}
      </table>
    </section>
  );
}
