import {
  BookOpen,
  DatabaseZap,
  House,
  Keyboard,
  Languages,
  LayoutDashboard,
  MessageSquarePlus,
  MessagesSquare,
  Monitor,
  Moon,
  Plus,
  RefreshCw,
  Search,
  Settings,
  Sun,
} from "lucide-react";
import { useTranslations } from "use-intl";
import { useSyncProject } from "@/screens/project/useSync";
import type { PaletteAction } from "@/shell/paletteParts";
import { languageOf, type Theme, usePreferences } from "@/shell/preferences";
import { useErrorSentence } from "@/ui/errorSentence";
import { useToast } from "@/ui/toast";

const THEMES = { light: Sun, dark: Moon, system: Monitor } as const;

/** Everything that the palette can do from here, in this language; what belongs to the project comes first. */
export function useActions(projectId: number | null): PaletteAction[] {
  const project = useProjectActions(projectId);
  const everywhere = useEverywhereActions(projectId);
  const preferences = usePreferenceActions();
  return [...project, ...everywhere, ...preferences];
}

function useProjectActions(projectId: number | null): PaletteAction[] {
  const t = useTranslations("search.palette.actions");
  const toast = useToast();
  const sentence = useErrorSentence();
  const { mutateAsync: sync } = useSyncProject(projectId ?? 0);
  if (projectId === null) return [];
  const params = { projectId };
  const startSync = () =>
    void sync().then(
      () => toast(t("syncStarted")),
      (error: Error) => toast(sentence(error)),
    );
  const chat = { to: "/projects/$projectId/chat", params } as const;
  return [
    {
      id: "overview",
      label: t("overview"),
      icon: House,
      shortcut: "goOverview",
      destination: { to: "/projects/$projectId", params },
    },
    {
      id: "documents",
      label: t("documents"),
      icon: BookOpen,
      shortcut: "goDocuments",
      destination: { to: "/projects/$projectId/docs", params },
    },
    {
      id: "search-project",
      label: t("searchProject"),
      icon: Search,
      shortcut: "goSearch",
      destination: { to: "/projects/$projectId/search", params, search: {} },
    },
    { id: "chat", label: t("chat"), icon: MessagesSquare, shortcut: "goChat", destination: chat },
    {
      id: "conversation",
      label: t("conversation"),
      icon: MessageSquarePlus,
      shortcut: "newConversation",
      destination: chat,
    },
    { id: "sync", label: t("sync"), icon: RefreshCw, shortcut: "syncProject", run: startSync },
    {
      id: "reindex",
      label: t("reindex"),
      icon: DatabaseZap,
      destination: { to: "/projects/$projectId", params, search: { ask: "reindex" } },
    },
  ];
}

function useEverywhereActions(projectId: number | null): PaletteAction[] {
  const t = useTranslations("search.palette.actions");
  const search: Pick<PaletteAction, "label" | "shortcut"> =
    projectId === null ? { label: t("searchHere"), shortcut: "goSearch" } : { label: t("searchEverywhere") };
  return [
    {
      id: "dashboard",
      label: t("dashboard"),
      icon: LayoutDashboard,
      shortcut: "goDashboard",
      destination: { to: "/" },
    },
    { id: "search", ...search, icon: Search, destination: { to: "/search", search: {} } },
    { id: "project", label: t("project"), icon: Plus, destination: { to: "/projects/new" } },
    {
      id: "settings",
      label: t("settings"),
      icon: Settings,
      shortcut: "goSettings",
      destination: { to: "/settings/appearance" },
    },
    {
      id: "shortcuts",
      label: t("shortcuts"),
      icon: Keyboard,
      shortcut: "help",
      destination: { to: "/settings/shortcuts" },
    },
  ];
}

/** Only what would change something: the theme and the language in use are left out. */
function usePreferenceActions(): PaletteAction[] {
  const t = useTranslations("search.palette.actions");
  const { preferences, change } = usePreferences();
  const themes = (Object.keys(THEMES) as Theme[]).filter((theme) => theme !== preferences.theme);
  const language = languageOf(preferences) === "en" ? "fr" : "en";
  return [
    ...themes.map((theme) => ({
      id: `theme-${theme}`,
      label: t(`themes.${theme}`),
      icon: THEMES[theme],
      run: () => change({ theme }),
    })),
    { id: "language", label: t(`languages.${language}`), icon: Languages, run: () => change({ language }) },
  ];
}
