import { Outlet, useMatch, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useProjectEvents } from "@/api/projectEvents";
import { CommandPalette } from "@/shell/CommandPalette";
import { ProjectTabs } from "@/shell/ProjectTabs";
import { ShortcutOverlay } from "@/shell/ShortcutOverlay";
import { useScrollKeys } from "@/shell/scrollKeys";
import { ShortcutProvider, useShortcut } from "@/shell/shortcuts";
import { TopBar } from "@/shell/TopBar";

/** What stands around every screen: the bar, the project's tabs, search as you type and the shortcuts. */
export function Shell() {
  return (
    <ShortcutProvider>
      <Frame />
    </ShortcutProvider>
  );
}

function Frame() {
  const t = useTranslations("shell");
  const { projectId, isThere } = useProject();
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  useShortcut("palette", () => setPaletteOpen(true));
  useShortcut("help", () => setHelpOpen(true));
  useNavigationShortcuts(projectId);
  useScrollKeys();
  return (
    <div className="flex h-dvh flex-col">
      <a
        href="#main"
        className="sr-only z-50 rounded-md border-line bg-raised font-semibold shadow-overlay focus:not-sr-only focus:absolute focus:top-2 focus:left-2 focus:border focus:px-3 focus:py-1.5"
      >
        {t("skip")}
      </a>
      <TopBar projectId={projectId} onSearch={() => setPaletteOpen(true)} onHelp={() => setHelpOpen(true)} />
      {projectId !== null && <ProjectTabs projectId={projectId} />}
      {isThere && <Follow projectId={projectId} />}
      <main
        id="main"
        tabIndex={-1}
        data-scroll-restoration-id="main"
        className="min-h-0 grow outline-none overflow-y-auto"
      >
        <Outlet />
      </main>
      <CommandPalette isOpen={isPaletteOpen} onClose={() => setPaletteOpen(false)} projectId={projectId} />
      <ShortcutOverlay isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  );
}

type ShownProject = { projectId: number; isThere: boolean } | { projectId: null; isThere: false };
const NO_PROJECT: ShownProject = { projectId: null, isThere: false };

/** The project of the screen that is shown, once that is known to be one; none outside of projects. */
function useProject(): ShownProject {
  const match = useMatch({ from: "/projects/$projectId", shouldThrow: false });
  if (!match || match.status === "error" || match.status === "notFound") return NO_PROJECT;
  const { projectId } = match.params;
  return projectId > 0 ? { projectId, isThere: match.status === "success" } : NO_PROJECT; // NaN: it is mistyped
}

function Follow({ projectId }: { projectId: number }) {
  useProjectEvents(projectId);
  return null;
}

function useNavigationShortcuts(projectId: number | null): void {
  const navigate = useNavigate();
  const inProject = projectId !== null;
  const params = { projectId: projectId ?? 0 };
  useShortcut("goDashboard", () => void navigate({ to: "/" }));
  useShortcut("goSettings", () => void navigate({ to: "/settings/appearance" }));
  useShortcut("goOverview", inProject ? () => void navigate({ to: "/projects/$projectId", params }) : null);
  useShortcut("goDocuments", inProject ? () => void navigate({ to: "/projects/$projectId/docs", params }) : null);
  useShortcut("goChat", inProject ? () => void navigate({ to: "/projects/$projectId/chat", params }) : null);
  useShortcut("goSearch", () =>
    inProject
      ? void navigate({ to: "/projects/$projectId/search", params, search: {} })
      : void navigate({ to: "/search", search: {} }),
  );
}
