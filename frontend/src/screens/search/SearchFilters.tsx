import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import { useId, useState } from "react";
import { useTranslations } from "use-intl";
import { projectsQuery, sourcesQuery } from "@/api/projects";
import { KindField } from "@/screens/search/KindField";
import { countNarrowing, isEpic, MODES, type Mode, STATUSES, withoutNarrowing } from "@/screens/search/searchFilters";
import { type SearchAddress, useTypedText } from "@/screens/search/useSearchAddress";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { classes } from "@/ui/classes";
import { Checkbox, Field, Select, TextInput } from "@/ui/Field";

interface SearchFiltersProps {
  projectId: number | null;
  address: SearchAddress;
}

/** Where and how to search. On narrow screens it opens from a button. */
export function SearchFilters({ projectId, address }: SearchFiltersProps) {
  const t = useTranslations("search");
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const { filters, change } = address;
  const count = countNarrowing(filters);
  const searchedProject = projectId ?? filters.projectId;
  return (
    <section aria-label={t("filters")} className="flex shrink-0 flex-col gap-3 lg:w-60">
      <Button
        className="self-start lg:hidden"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <SlidersHorizontal aria-hidden className="size-4" />
        {t("filters")}
        {count > 0 && <Badge tone="accent">{t("filtersInUse", { count })}</Badge>}
      </Button>
      <div id={id} className={classes("flex-col gap-4 lg:flex", isOpen ? "flex" : "hidden")}>
        <ModeField address={address} />
        {projectId === null && <ProjectField address={address} />}
        {searchedProject !== null && <SourceField projectId={searchedProject} address={address} />}
        <StatusField address={address} />
        <EpicField address={address} />
        <PathField address={address} />
        <div className="flex flex-col gap-0.5">
          <Checkbox
            label={t("framework")}
            checked={filters.includesFramework}
            onChange={(event) => change({ includesFramework: event.target.checked })}
            aria-describedby={`${id}-framework`}
          />
          <p id={`${id}-framework`} className="pl-6 text-muted text-xs">
            {t("frameworkHint")}
          </p>
        </div>
        <KindField projectId={searchedProject} address={address} />
        {count > 0 && (
          <Button size="sm" className="self-start" onClick={() => change(withoutNarrowing(filters))}>
            {t("clear")}
          </Button>
        )}
      </div>
    </section>
  );
}

function ModeField({ address: { filters, change } }: { address: SearchAddress }) {
  const t = useTranslations("search");
  return (
    <Field label={t("mode")} hint={t(`modeHints.${filters.mode}`)}>
      <Select value={filters.mode} onChange={(event) => change({ mode: event.target.value as Mode })}>
        {MODES.map((mode) => (
          <option key={mode} value={mode}>
            {t(`modes.${mode}`)}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function ProjectField({ address: { filters, change } }: { address: SearchAddress }) {
  const t = useTranslations("search");
  const { data: projects = [] } = useQuery(projectsQuery);
  const choose = (value: string) => change({ projectId: value === "" ? null : Number(value), sourceId: null });
  return (
    <Field label={t("project")}>
      <Select value={filters.projectId ?? ""} onChange={(event) => choose(event.target.value)}>
        <option value="">{t("allProjects")}</option>
        {projects.map((project) => (
          <option key={project.id} value={project.id}>
            {project.name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

/** Only where there is something to choose. */
function SourceField({ projectId, address }: { projectId: number; address: SearchAddress }) {
  const t = useTranslations("search");
  const { data: sources = [] } = useQuery(sourcesQuery(projectId));
  const { filters, change } = address;
  if (sources.length < 2 && filters.sourceId === null) return null;
  const choose = (value: string) => change({ sourceId: value === "" ? null : Number(value) });
  return (
    <Field label={t("source")}>
      <Select value={filters.sourceId ?? ""} onChange={(event) => choose(event.target.value)}>
        <option value="">{t("allSources")}</option>
        {sources.map((source) => (
          <option key={source.id} value={source.id}>
            {source.name}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function StatusField({ address: { filters, change } }: { address: SearchAddress }) {
  const t = useTranslations("found");
  const names = useTranslations("ui.statuses");
  const choose = (value: string) => change({ status: STATUSES.find((each) => each === value) ?? null });
  return (
    <Field label={t("status")}>
      <Select value={filters.status ?? ""} onChange={(event) => choose(event.target.value)}>
        <option value="">{t("allStatuses")}</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {names(status)}
          </option>
        ))}
      </Select>
    </Field>
  );
}

function EpicField({ address: { filters, type, isWaiting } }: { address: SearchAddress }) {
  const t = useTranslations("found");
  const [text, setText] = useTypedText(filters.epic, isWaiting, (epic) => type({ epic }));
  return (
    <Field label={t("epic")} hint={t("epicHint")} error={isEpic(text) ? undefined : t("epicInvalid")}>
      <TextInput
        value={text}
        maxLength={20}
        spellCheck={false}
        placeholder={t("epicPlaceholder")}
        onChange={(event) => setText(event.target.value)}
      />
    </Field>
  );
}

function PathField({ address: { filters, type, isWaiting } }: { address: SearchAddress }) {
  const t = useTranslations("search");
  const [text, setText] = useTypedText(filters.pathPrefix, isWaiting, (pathPrefix) => type({ pathPrefix }));
  return (
    <Field label={t("path")}>
      <TextInput
        value={text}
        maxLength={1024}
        spellCheck={false}
        placeholder={t("pathPlaceholder")}
        onChange={(event) => setText(event.target.value)}
      />
    </Field>
  );
}
