import { renderToStaticMarkup } from "react-dom/server";
import { IntlProvider } from "use-intl";
import { expect, test } from "vitest";
import { unreachable } from "@/api/client";
import { ApiError, toApiError } from "@/api/problem";
import { fr } from "@/messages/fr";
import { useErrorSentence } from "@/ui/errorSentence";

function Sentence({ error }: { error: Error }) {
  return useErrorSentence()(error);
}

function inFrench(error: Error): string {
  return renderToStaticMarkup(
    <IntlProvider locale="fr" messages={fr} timeZone="UTC">
      <Sentence error={error} />
    </IntlProvider>,
  );
}

test("what the page itself says of a failure is in its language", () => {
  expect(inFrench(unreachable(null))).toBe(fr.ui.hubUnreachable);
  expect(inFrench(toApiError(502, "<html>"))).toBe("Le serveur a répondu 502.");
  expect(inFrench(new TypeError("x is undefined"))).toBe(fr.ui.unexpected);
});

test("what the server says stays its own", () => {
  const detail = "A project of this name is there already.";
  expect(inFrench(new ApiError(409, { detail, error_code: "PROJECT_NAME_TAKEN" }))).toBe(detail);
});
