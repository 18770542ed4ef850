import { Link } from "@tanstack/react-router";
import { BookOpen, House, MessagesSquare, Search } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";

const TAB =
  "flex items-center gap-2 whitespace-nowrap border-transparent border-b-2 px-2 pt-1 pb-2 text-fg aria-[current=page]:border-[#fd8c73] aria-[current=page]:font-semibold";

/** The screens of one project. */
export function ProjectTabs({ projectId }: { projectId: number }) {
  const t = useTranslations("shell");
  const params = { projectId };
  return (
    <nav
      aria-label={t("projectNavigation")}
      className="shrink-0 overflow-x-auto border-line border-b bg-subtle px-2 sm:px-4"
    >
      <ul className="flex gap-1 pt-1">
        <Tab icon={<House aria-hidden className="hidden size-4 text-muted sm:block" />}>
          {(content) => (
            <Link to="/projects/$projectId" params={params} activeOptions={{ exact: true }} className={TAB}>
              {content(t("overview"))}
            </Link>
          )}
        </Tab>
        <Tab icon={<BookOpen aria-hidden className="hidden size-4 text-muted sm:block" />}>
          {(content) => (
            <Link to="/projects/$projectId/docs" params={params} className={TAB}>
              {content(t("documents"))}
            </Link>
          )}
        </Tab>
        <Tab icon={<Search aria-hidden className="hidden size-4 text-muted sm:block" />}>
          {(content) => (
            <Link
              to="/projects/$projectId/search"
              params={params}
              search={{}}
              activeOptions={{ includeSearch: false }}
              className={TAB}
            >
              {content(t("searchTab"))}
            </Link>
          )}
        </Tab>
        <Tab icon={<MessagesSquare aria-hidden className="hidden size-4 text-muted sm:block" />}>
          {(content) => (
            <Link to="/projects/$projectId/chat" params={params} className={TAB}>
              {content(t("chat"))}
            </Link>
          )}
        </Tab>
      </ul>
    </nav>
  );
}

interface TabProps {
  icon: ReactNode;
  children: (content: (name: string) => ReactNode) => ReactNode;
}

function Tab({ icon, children }: TabProps) {
  return (
    <li>
      {children((name) => (
        <>
          {icon}
          <span>{name}</span>
        </>
      ))}
    </li>
  );
}
