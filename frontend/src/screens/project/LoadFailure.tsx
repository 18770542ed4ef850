import { ApiError } from "@/api/problem";
import { NotFound } from "@/shell/RouteStates";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { useErrorSentence } from "@/ui/errorSentence";
import { Page } from "@/ui/Panel";

/** Instead of a screen whose subject can't be read: it isn't there (or its address is none), or something failed. */
export function LoadFailure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const sentence = useErrorSentence();
  if (error instanceof ApiError && error.status === 404) return <NotFound message={sentence(error)} />;
  if (error instanceof ApiError && error.status === 422) return <NotFound />;
  return (
    <Page>
      <ErrorNotice error={error} onRetry={onRetry} />
    </Page>
  );
}
