import {
  BookMarked,
  Bookmark,
  Box,
  Braces,
  Brain,
  ClipboardCheck,
  Clock,
  Compass,
  DraftingCompass,
  File,
  FileText,
  FlaskConical,
  Gauge,
  GitPullRequestArrow,
  History,
  Image,
  Kanban,
  Layers,
  Lightbulb,
  ListChecks,
  ListTree,
  type LucideIcon,
  MessageSquareText,
  Palette,
  ScrollText,
  Settings2,
  ShieldCheck,
  Target,
  Workflow,
  Wrench,
} from "lucide-react";
import { useTranslations } from "use-intl";
import type { Kind } from "@/api/documents";
import { classes } from "@/ui/classes";

const ICONS: Record<Kind, LucideIcon> = {
  architecture: DraftingCompass,
  asset: Image,
  bmad_other: File,
  brainstorming: Lightbulb,
  brief: Target,
  build_spec: Wrench,
  change_proposal: GitPullRequestArrow,
  config: Settings2,
  data: Braces,
  deferred_work: Clock,
  doc: FileText,
  epic: Layers,
  framework: Box,
  memlog: Brain,
  prd: ScrollText,
  project_context: Compass,
  qa_assessment: ClipboardCheck,
  qa_gate: ShieldCheck,
  readiness: Gauge,
  research: FlaskConical,
  retrospective: History,
  review: MessageSquareText,
  spec: ListTree,
  sprint_status: Kanban,
  stories_manifest: ListChecks,
  story: Bookmark,
  story_context: BookMarked,
  tech_spec: Wrench,
  ux: Palette,
  workflow_status: Workflow,
};

const COLOURS: Partial<Record<Kind, string>> = {
  architecture: "text-accent",
  epic: "text-done",
  prd: "text-accent",
  sprint_status: "text-warning",
  story: "text-success",
};

/** A kind of document as an icon, with its name for who can't see it. */
export function KindIcon({ kind }: { kind: Kind }) {
  const t = useTranslations("ui.kinds");
  // A kind that a newer server knows and this page doesn't is shown as a file.
  const Icon = ICONS[kind] ?? File;
  const name = kind in ICONS ? t(kind) : kind;
  return (
    <span role="img" aria-label={name} title={name} className="inline-flex shrink-0">
      <Icon aria-hidden className={classes("size-4", COLOURS[kind] ?? "text-muted")} />
    </span>
  );
}
