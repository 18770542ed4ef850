import { CircleAlert } from "lucide-react";
import { useTranslations } from "use-intl";
import { ApiError } from "@/api/problem";
import { Button } from "@/ui/Button";
import { useErrorSentence } from "@/ui/errorSentence";

/** What went wrong, in a sentence, with a way to try again. */
export function ErrorNotice({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const t = useTranslations("ui");
  const sentence = useErrorSentence();
  const problem = error instanceof ApiError ? error : null;
  return (
    <div role="alert" className="flex gap-3 rounded-md border border-danger bg-danger-soft p-3">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
      <div className="flex min-w-0 grow flex-col gap-1">
        <p>{sentence(error)}</p>
        <p className="text-muted text-xs">
          {problem ? problem.code : error.message}
          {problem?.requestId && ` · ${t("request", { id: problem.requestId })}`}
        </p>
      </div>
      {onRetry && (
        <Button size="sm" onClick={onRetry}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
