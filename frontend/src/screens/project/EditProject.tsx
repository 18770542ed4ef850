import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslations } from "use-intl";
import { changeProject, type Project, type ProjectPatch, projectKey, projectQuery } from "@/api/projects";
import { projectTexts } from "@/messages/late/project";
import { WithTexts } from "@/messages/late/WithTexts";
import { DeleteProject } from "@/screens/project/DeleteProject";
import { fieldError, formError } from "@/screens/project/fieldErrors";
import { LoadFailure } from "@/screens/project/LoadFailure";
import { DescriptionField } from "@/screens/project/NewProjectForm";
import { useFocusInvalid } from "@/screens/project/useFocusInvalid";
import { Button, buttonClasses } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { SkeletonRows } from "@/ui/Feedback";
import { Field, TextInput } from "@/ui/Field";
import { Page, PageHeader, Panel } from "@/ui/Panel";
import { useToast } from "@/ui/toast";

/** A project's name and description, and its end. */
export function EditProject() {
  return (
    <WithTexts texts={projectTexts}>
      <SomeProject />
    </WithTexts>
  );
}

function SomeProject() {
  const { projectId } = useParams({ from: "/projects/$projectId" });
  const project = useQuery(projectQuery(projectId));
  if (project.isError && !project.data)
    return <LoadFailure error={project.error} onRetry={() => void project.refetch()} />;
  return <Page>{project.data ? <Edit key={project.data.id} project={project.data} /> : <SkeletonRows />}</Page>;
}

function Edit({ project }: { project: Project }) {
  const t = useTranslations("project.edit");
  const title = t("title", { name: project.name });
  return (
    <>
      <title>{`${title} · BMADFlow`}</title>
      <PageHeader title={title} />
      <div className="flex max-w-3xl flex-col gap-6">
        <Panel title={t("general")}>
          <GeneralForm project={project} />
        </Panel>
        <DeleteProject project={project} />
      </div>
    </>
  );
}

function GeneralForm({ project }: { project: Project }) {
  const t = useTranslations("project.edit");
  const tFields = useTranslations("project.fields");
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description ?? "");
  const saving = useSaving(project);
  const form = useFocusInvalid(saving.error);
  const unshown = formError(saving.error, ["name", "description"]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate({ name, description: description.trim() || null });
  };
  return (
    <form ref={form} onSubmit={submit} className="flex flex-col gap-4 p-4">
      <Field label={tFields("name")} error={fieldError(saving.error, "name")} isRequired>
        <TextInput value={name} required maxLength={255} onChange={(event) => setName(event.target.value)} />
      </Field>
      <DescriptionField value={description} onChange={setDescription} error={saving.error} />
      <p className="text-muted text-xs">{t("sourcesHint")}</p>
      {unshown && <ErrorNotice error={unshown} />}
      <div className="flex gap-2">
        <Button type="submit" look="primary" isBusy={saving.isPending}>
          {t("save")}
        </Button>
        <Link to="/projects/$projectId" params={{ projectId: project.id }} className={buttonClasses()}>
          {t("cancel")}
        </Link>
      </div>
    </form>
  );
}

function useSaving(project: Project) {
  const t = useTranslations("project.edit");
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return useMutation({
    mutationFn: (changes: ProjectPatch) => changeProject(project.id, changes),
    onSuccess: async (changed) => {
      client.setQueryData([...projectKey(project.id), "self"], changed);
      void client.invalidateQueries({ queryKey: ["projects"] });
      toast(t("saved"));
      await navigate({ to: "/projects/$projectId", params: { projectId: project.id } });
    },
  });
}
