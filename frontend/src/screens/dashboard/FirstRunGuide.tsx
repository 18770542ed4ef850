import { Link } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import type { Project } from "@/api/projects";
import type { Guide, StepState } from "@/screens/dashboard/guide";
import { buttonClasses, IconButton } from "@/ui/Button";
import { classes } from "@/ui/classes";
import { Panel } from "@/ui/Panel";

/** What to do in a new hub, one step after the other, each with its state. */
export function FirstRunGuide({ guide, onDismiss }: { guide: Guide; onDismiss: () => void }) {
  const t = useTranslations("dashboard.guide");
  const dismiss = guide.project && (
    <IconButton size="sm" label={t("dismiss")} icon={<X aria-hidden className="size-4" />} onClick={onDismiss} />
  );
  return (
    <Panel title={t("title")} actions={dismiss}>
      <ol className="grid md:grid-cols-3">
        <Step number={1} state={guide.add} title={t("add")} text={t("addText")}>
          <Link to="/projects/new" className={buttonClasses("primary")}>
            {t("addAction")}
          </Link>
        </Step>
        <WatchStep state={guide.watch} project={guide.project} />
        <Step number={3} state={guide.ask} title={t("ask")} text={t("askText")}>
          {guide.project && <AskActions project={guide.project} />}
        </Step>
      </ol>
    </Panel>
  );
}

function WatchStep({ state, project }: { state: StepState; project: Project | null }) {
  const t = useTranslations("dashboard.guide");
  const hasFailed = project?.sync_status === "failed";
  const isUnderWay = project?.sync_status === "queued" || project?.sync_status === "running";
  const text = hasFailed ? t("watchFailed", { name: project.name }) : t("watchText");
  const action = hasFailed ? t("failedAction") : isUnderWay ? t("watchAction") : t("startAction");
  return (
    <Step number={2} state={state} title={t("watch")} text={text}>
      {project && (
        <Link to="/projects/$projectId" params={{ projectId: project.id }} className={buttonClasses("primary")}>
          {action}
        </Link>
      )}
    </Step>
  );
}

function AskActions({ project }: { project: Project }) {
  const t = useTranslations("dashboard.guide");
  const params = { projectId: project.id };
  return (
    <>
      <Link to="/projects/$projectId/chat" params={params} className={buttonClasses("primary")}>
        {t("askAction")}
      </Link>
      <Link to="/projects/$projectId/search" params={params} search={{}} className={buttonClasses()}>
        {t("searchAction")}
      </Link>
    </>
  );
}

interface StepProps {
  number: number;
  state: StepState;
  title: string;
  text: string;
  /** What to press; shown while it is this step's turn. */
  children: ReactNode;
}

function Step({ number, state, title, text, children }: StepProps) {
  const t = useTranslations("dashboard.guide");
  return (
    <li
      aria-current={state === "current" ? "step" : undefined}
      className="flex gap-3 border-line-muted border-t p-4 first:border-t-0 md:border-t-0 md:border-l md:first:border-l-0"
    >
      <span
        aria-hidden
        className={classes(
          "flex size-7 shrink-0 items-center justify-center rounded-full border font-semibold",
          state === "done" && "border-transparent bg-success-strong text-on-strong",
          state === "current" && "border-accent text-accent",
          state === "later" && "border-line text-muted",
        )}
      >
        {state === "done" ? <Check className="size-4" /> : number}
      </span>
      <div className="flex min-w-0 flex-col items-start gap-1">
        <h3 className="font-semibold text-sm leading-7">
          {title} <span className="font-normal text-muted text-xs">{t(state)}</span>
        </h3>
        <p className="text-muted">{text}</p>
        {state === "current" && <div className="mt-2 flex flex-wrap gap-2">{children}</div>}
      </div>
    </li>
  );
}
