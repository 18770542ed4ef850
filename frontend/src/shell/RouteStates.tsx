import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { ApiError } from "@/api/problem";
import { buttonClasses } from "@/ui/Button";
import { ErrorNotice } from "@/ui/ErrorNotice";
import { useErrorSentence } from "@/ui/errorSentence";
import { EmptyState, SkeletonRows } from "@/ui/Feedback";
import { Page } from "@/ui/Panel";

/** While a screen is being loaded. */
export function RoutePending() {
  return (
    <Page>
      <SkeletonRows />
    </Page>
  );
}

/** A screen that could not be shown. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const sentence = useErrorSentence();
  if (error instanceof ApiError && error.status === 404) return <NotFound message={sentence(error)} />;
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Page>
      <ErrorNotice error={error instanceof Error ? error : new Error(String(error))} onRetry={retry} />
    </Page>
  );
}

/** Nothing is at this address. */
export function NotFound({ message }: { message?: string }) {
  const t = useTranslations("shell");
  return (
    <Page>
      <title>{`${t("notFoundTitle")} · BMADFlow`}</title>
      <h1 className="sr-only">{t("notFoundTitle")}</h1>
      <EmptyState title={t("notFoundTitle")}>
        <p>{message ?? t("notFoundText")}</p>
        <Link to="/" className={buttonClasses()}>
          {t("toDashboard")}
        </Link>
      </EmptyState>
    </Page>
  );
}
