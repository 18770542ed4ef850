import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useFormatter, useNow, useTranslations } from "use-intl";
import { type Conversation, conversationsQuery } from "@/api/chat";
import { type ConversationAction, ConversationMenu } from "@/screens/chat/ConversationMenu";
import { type DayGroup, groupByDay } from "@/screens/chat/days";
import { Button } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";

interface ConversationListProps {
  projectId: number;
  currentId: number | null;
  onAction: (action: ConversationAction, conversation: Conversation) => void;
  /** A conversation was chosen. */
  onLeave?: () => void;
}

/** One's conversations about a project by day, the most recently used first. */
export function ConversationList({ projectId, currentId, onAction, onLeave }: ConversationListProps) {
  const t = useTranslations("chat");
  const query = useInfiniteQuery(conversationsQuery(projectId));
  const now = useNow({ updateInterval: 60_000 });
  const groups = useMemo(
    () => groupByDay(query.data?.pages.flatMap((page) => page.items) ?? [], now),
    [query.data, now],
  );
  if (query.isPending) return <SkeletonRows className="p-3" />;
  if (query.isError && groups.length === 0) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (groups.length === 0) return <p className="p-3 text-muted">{t("noConversations")}</p>;
  return (
    <div className="flex flex-col gap-3 p-2">
      {groups.map((group) => (
        <Day key={group.day.getTime()} {...{ group, projectId, currentId, onAction, onLeave }} />
      ))}
      {query.hasNextPage && (
        <Button size="sm" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("loadMore")}
        </Button>
      )}
    </div>
  );
}

interface DayProps extends Omit<ConversationListProps, "onLeave"> {
  group: DayGroup<Conversation>;
  onLeave: (() => void) | undefined;
}

function Day({ group, projectId, currentId, onAction, onLeave }: DayProps) {
  const t = useTranslations("chat");
  const format = useFormatter();
  const date = format.dateTime(group.day, { dateStyle: "medium" });
  const name = group.daysAgo === 0 ? t("today") : group.daysAgo === 1 ? t("yesterday") : date;
  return (
    <section aria-label={name}>
      <p className="px-2 py-1 font-semibold text-muted text-xs">{name}</p>
      <ul>
        {group.items.map((each) => (
          <Row
            key={each.id}
            conversation={each}
            isCurrent={each.id === currentId}
            {...{ projectId, onAction, onLeave }}
          />
        ))}
      </ul>
    </section>
  );
}

interface RowProps extends Pick<DayProps, "projectId" | "onAction" | "onLeave"> {
  conversation: Conversation;
  isCurrent: boolean;
}

function Row({ conversation, isCurrent, projectId, onAction, onLeave }: RowProps) {
  const t = useTranslations("chat");
  return (
    <li
      className={`group flex items-center gap-1 rounded-md pr-1 hover:bg-hover ${isCurrent ? "bg-selected hover:bg-selected" : ""}`}
    >
      <Link
        to="/projects/$projectId/chat/$conversationId"
        params={{ projectId, conversationId: conversation.id }}
        search={{}}
        activeOptions={{ includeSearch: false }}
        onClick={onLeave}
        className="min-w-0 grow truncate rounded-md px-2 py-1.5 aria-[current=page]:font-semibold"
      >
        {conversation.title ?? t("untitled")}
      </Link>
      <ConversationMenu conversation={conversation} onAction={onAction} size="sm" />
    </li>
  );
}
