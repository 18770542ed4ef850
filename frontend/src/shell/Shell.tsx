import { Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useProjectEvents } from "@/api/projectEvents";
import { CommandPalette } from "@/shell/CommandPalette";
import { ProjectTabs } from "@/shell/ProjectTabs";
import { ShortcutOverlay } from "@/shell/ShortcutOverlay";
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
  const projectId = useProjectId();
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  useShortcut("palette", () => setPaletteOpen(true));
  useShortcut("help", () => setHelpOpen(true));
  useNavigationShortcuts(projectId);
  return (
    <div className="flex h-dvh flex-col">
      <a href="#main" className="sr-only z-50 bg-raised p-2 focus:not-sr-only focus:absolute">
        {t("skip")}
      </a>
      <TopBar projectId={projectId} onSearch={() => setPaletteOpen(true)} onHelp={() => setHelpOpen(true)} />
      {projectId !== null && <ProjectTabs projectId={projectId} />}
      {projectId !== null && <Follow projectId={projectId} />}
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

/** The project of the screen that is shown; null outside of projects. */
function useProjectId(): number | null {
  const { projectId } = useParams({ strict: false });
  return typeof projectId === "number" && projectId > 0 ? projectId : null; // NaN: the address is mistyped
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
