import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { applySync } from "@/api/projectEvents";
import { createProject, type ProjectCreate, projectKey, syncProject } from "@/api/projects";
import { projectTexts } from "@/messages/late/project";
import { WithTexts } from "@/messages/late/WithTexts";
import { NewProjectForm } from "@/screens/project/NewProjectForm";
import { buttonClasses } from "@/ui/Button";
import { useErrorSentence } from "@/ui/errorSentence";
import { Page, PageHeader } from "@/ui/Panel";
import { useToast } from "@/ui/toast";

/** A new project and its first repository. */
export function NewProject() {
  return (
    <WithTexts texts={projectTexts}>
      <Creation />
    </WithTexts>
  );
}

function Creation() {
  const t = useTranslations("project.create");
  const creation = useCreation();
  return (
    <Page>
      <title>{`${t("title")} · BMADFlow`}</title>
      <PageHeader title={t("title")} meta={t("lead")} />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <NewProjectForm
          error={creation.error}
          isBusy={creation.isPending || creation.isSuccess}
          onSubmit={(body) => creation.mutate(body)}
          cancel={
            <Link to="/" className={buttonClasses()}>
              {t("cancel")}
            </Link>
          }
        />
        <Explanation />
      </div>
    </Page>
  );
}

/** Creates the project, starts its sync and goes to where the progress shows. */
function useCreation() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const sentence = useErrorSentence();
  return useMutation({
    mutationFn: (body: ProjectCreate) => createProject(body),
    onSuccess: async (project) => {
      client.setQueryData([...projectKey(project.id), "self"], project);
      void client.invalidateQueries({ queryKey: ["projects"] });
      try {
        for (const run of await syncProject(project.id)) applySync(client, project.id, run);
      } catch (error) {
        // The project is there all the same; its overview has the button to try again.
        if (error instanceof Error) toast(sentence(error));
      }
      await navigate({ to: "/projects/$projectId", params: { projectId: project.id } });
    },
  });
}

/** What happens with the repository, before one hands over its address. */
function Explanation() {
  const t = useTranslations("project.create");
  return (
    <aside aria-labelledby="reads" className="rounded-md border border-line bg-subtle p-4">
      <h2 id="reads" className="mb-2 font-semibold text-sm">
        {t("readsTitle")}
      </h2>
      <ul className="flex list-disc flex-col gap-2 pl-4 text-sm">
        <li>{t("reads")}</li>
        <li>{t("writesNothing")}</li>
        <li>{t("staysHere")}</li>
      </ul>
      <p className="mt-3 border-line border-t pt-3 text-muted text-xs">{t("privateOnes")}</p>
    </aside>
  );
}
