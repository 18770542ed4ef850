import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, ChevronsUpDown, Keyboard, Plus, Search, Settings } from "lucide-react";
import { useTranslations } from "use-intl";
import { projectQuery, projectsQuery } from "@/api/projects";
import { Button, IconButton } from "@/ui/Button";
import { classes } from "@/ui/classes";
import { Keys } from "@/ui/Keys";
import { Menu, MenuLink, MenuSeparator } from "@/ui/Menu";
import { Tooltip } from "@/ui/Tooltip";

interface TopBarProps {
  projectId: number | null;
  onSearch: () => void;
  onHelp: () => void;
}

export function TopBar({ projectId, onSearch, onHelp }: TopBarProps) {
  const t = useTranslations("shell");
  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-line-muted border-b bg-subtle px-3 sm:px-4">
      <Link to="/" className="flex shrink-0 items-center gap-2 rounded-md px-1 py-0.5 font-semibold hover:bg-hover">
        <img src="/favicon.svg" alt="" className="size-6 shrink-0" />
        <span className={projectId === null ? "" : "sr-only sm:not-sr-only"}>BMADFlow</span>
      </Link>
      {projectId !== null && <ProjectSwitcher projectId={projectId} />}
      <div className="grow" />
      <button
        type="button"
        onClick={onSearch}
        className="flex h-8 shrink-0 items-center gap-2 rounded-md border border-line bg-canvas px-2 text-muted text-sm hover:bg-hover md:w-64"
      >
        <Search aria-hidden className="size-4" />
        <span className="sr-only grow truncate text-left md:not-sr-only">{t("search")}</span>
        <span className="hidden md:inline">
          <Keys shortcut="mod+k" />
        </span>
      </button>
      <IconButton label={t("shortcutsTitle")} shortcut="?" icon={<Keyboard className="size-4" />} onClick={onHelp} />
      <Tooltip text={t("settings")} shortcut="g ,">
        <Link
          to="/settings/appearance"
          aria-label={t("settings")}
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-fg"
        >
          <Settings aria-hidden className="size-4" />
        </Link>
      </Tooltip>
    </header>
  );
}

function ProjectSwitcher({ projectId }: { projectId: number }) {
  const t = useTranslations("shell");
  const { data: project } = useQuery(projectQuery(projectId));
  const { data: projects } = useQuery(projectsQuery);
  const name = project?.name ?? "…";
  return (
    <>
      <span aria-hidden className="text-muted">
        /
      </span>
      <Menu
        trigger={
          <Button look="ghost" className="min-w-0 shrink!" aria-label={t("switchProject", { name })}>
            <span className="truncate font-semibold text-fg">{name}</span>
            <ChevronsUpDown aria-hidden className="size-3.5 shrink-0" />
          </Button>
        }
      >
        {projects?.map((each) => (
          <MenuLink key={each.id}>
            <Link to="/projects/$projectId" params={{ projectId: each.id }}>
              <Check aria-hidden className={classes("size-4 shrink-0", each.id !== projectId && "invisible")} />
              <span className="truncate">{each.name}</span>
            </Link>
          </MenuLink>
        ))}
        <MenuSeparator />
        <MenuLink>
          <Link to="/projects/new">
            <Plus aria-hidden className="size-4 shrink-0" />
            {t("newProject")}
          </Link>
        </MenuLink>
      </Menu>
    </>
  );
}
