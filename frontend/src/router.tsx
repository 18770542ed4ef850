import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  parseSearchWith,
  redirect,
  stringifySearchWith,
} from "@tanstack/react-router";
import { ApiError } from "@/api/problem";
import { projectQuery } from "@/api/projects";
import { NotFound, RouteError, RoutePending } from "@/shell/RouteStates";
import { Shell } from "@/shell/Shell";

/** Addresses of the client. Screens are loaded when they are first shown. */
interface RouterContext {
  queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Shell });

const dashboardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: lazyRouteComponent(() => import("@/screens/dashboard/Dashboard"), "Dashboard"),
});

const newProjectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/projects/new",
  component: lazyRouteComponent(() => import("@/screens/project/NewProject"), "NewProject"),
});

const globalSearchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/search",
  validateSearch: searchParams,
  component: lazyRouteComponent(() => import("@/screens/search/SearchScreen"), "GlobalSearch"),
});

const projectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/projects/$projectId",
  params: {
    parse: ({ projectId }) => ({ projectId: wholeNumber(projectId) }),
    stringify: ({ projectId }) => ({ projectId: String(projectId) }),
  },
  loader: ({ context, params }) => knowProject(context.queryClient, params.projectId),
  notFoundComponent: ({ data }) => <NotFound {...(typeof data === "string" && { message: data })} />,
});

const overviewRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/",
  validateSearch: (search: Record<string, unknown>) => texts(search, ["ask"]),
  component: lazyRouteComponent(() => import("@/screens/project/ProjectOverview"), "ProjectOverview"),
});

const editProjectRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/edit",
  component: lazyRouteComponent(() => import("@/screens/project/EditProject"), "EditProject"),
});

const syncRunRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/syncs/$syncId",
  component: lazyRouteComponent(() => import("@/screens/project/SyncRunScreen"), "SyncRunScreen"),
});

const webhookRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/sources/$sourceId/webhook",
  params: {
    parse: ({ sourceId }) => ({ sourceId: wholeNumber(sourceId) }),
    stringify: ({ sourceId }) => ({ sourceId: String(sourceId) }),
  },
  validateSearch: (search: Record<string, unknown>) => texts(search, ["host"]),
  component: lazyRouteComponent(() => import("@/screens/project/WebhookScreen"), "WebhookScreen"),
});

const docsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/docs",
  component: lazyRouteComponent(() => import("@/screens/explorer/Explorer"), "Explorer"),
});

const documentRoute = createRoute({
  getParentRoute: () => docsRoute,
  path: "/$sourceId/$",
  params: {
    parse: ({ sourceId, _splat }) => ({ sourceId: wholeNumber(sourceId), _splat: _splat ?? "" }),
    stringify: ({ sourceId, _splat }) => ({ sourceId: String(sourceId), _splat }),
  },
  validateSearch: documentParams,
});

const searchRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/search",
  validateSearch: searchParams,
  component: lazyRouteComponent(() => import("@/screens/search/SearchScreen"), "ProjectSearch"),
});

const chatRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/chat",
  validateSearch: (search: Record<string, unknown>) => texts(search, ["cite"]),
  component: lazyRouteComponent(() => import("@/screens/chat/Chat"), "Chat"),
});

const conversationRoute = createRoute({
  getParentRoute: () => chatRoute,
  path: "/$conversationId",
  params: {
    parse: ({ conversationId }) => ({ conversationId: wholeNumber(conversationId) }),
    stringify: ({ conversationId }) => ({ conversationId: String(conversationId) }),
  },
});

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/screens/settings/Settings"), "Settings"),
});

const settingsIndexRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/appearance" });
  },
});

const appearanceRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/appearance",
  component: lazyRouteComponent(() => import("@/screens/settings/Appearance"), "Appearance"),
});

const shortcutsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/shortcuts",
  component: lazyRouteComponent(() => import("@/screens/settings/Shortcuts"), "Shortcuts"),
});

const aboutRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/about",
  component: lazyRouteComponent(() => import("@/screens/settings/About"), "About"),
});

const routeTree = rootRoute.addChildren([
  dashboardRoute,
  newProjectRoute,
  globalSearchRoute,
  projectRoute.addChildren([
    overviewRoute,
    editProjectRoute,
    syncRunRoute,
    webhookRoute,
    docsRoute.addChildren([documentRoute]),
    searchRoute,
    chatRoute.addChildren([conversationRoute]),
  ]),
  settingsRoute.addChildren([settingsIndexRoute, appearanceRoute, shortcutsRoute, aboutRoute]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    // Parameters are plain text: JSON would make 4.1 of `cite=4.10` and put quotes around numbers.
    parseSearch: parseSearchWith((text) => text),
    stringifySearch: stringifySearchWith(String),
    scrollRestoration: true,
    scrollToTopSelectors: ["#main"],
    defaultPendingComponent: RoutePending,
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: () => <NotFound />,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

export type SearchParams = Partial<
  Record<"q" | "kind" | "status" | "epic" | "source" | "project" | "mode" | "path" | "framework", string>
>;

function searchParams(search: Record<string, unknown>): SearchParams {
  return texts(search, ["q", "kind", "status", "epic", "source", "project", "mode", "path", "framework"]);
}

export type DocumentParams = Partial<Record<"lines" | "view" | "from" | "to" | "layout", string>>;

function documentParams(search: Record<string, unknown>): DocumentParams {
  return texts(search, ["lines", "view", "from", "to", "layout"]);
}

/** The named parameters that are there, as text: the router reads `q=12` as a number. */
function texts<Name extends string>(search: Record<string, unknown>, names: Name[]): Partial<Record<Name, string>> {
  const given = names.filter(
    (name) => ["string", "number", "boolean"].includes(typeof search[name]) && search[name] !== "",
  );
  return Object.fromEntries(given.map((name) => [name, String(search[name])])) as Partial<Record<Name, string>>;
}

/** Reads the project beside its screen's code; one that isn't there has no screens. Other failures are the screens'. */
async function knowProject(client: QueryClient, projectId: number): Promise<void> {
  if (Number.isNaN(projectId)) throw notFound();
  try {
    await client.ensureQueryData(projectQuery(projectId));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) throw notFound({ data: error.message });
  }
}

/** A number in an address; NaN for anything else, which no project or document has. */
function wholeNumber(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
