import { useTranslations } from "use-intl";
import { ApiError } from "@/api/problem";

/** Gives the sentence that says an error to people: the server's own, or this page's where the server gave none. */
export function useErrorSentence(): (error: Error) => string {
  const t = useTranslations("ui");
  return (error) => {
    if (!(error instanceof ApiError)) return t("unexpected");
    if (error.code === "HUB_UNREACHABLE") return t("hubUnreachable");
    if (/^HTTP_\d+$/.test(error.code)) return t("serverAnswered", { status: String(error.status) });
    return error.message;
  };
}
