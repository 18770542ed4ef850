import { useMemo } from "react";
import { useTranslations } from "use-intl";
import type { DiagramLabels } from "@/markdown/lateParts";
import type { Labels } from "@/markdown/prepare";

/** The words for what is added to documents. */
export function useLabels(): Labels & DiagramLabels {
  const t = useTranslations("explorer.markdown");
  return useMemo(
    () => ({
      brokenAnchor: (href: string) => t("brokenAnchor", { href }),
      brokenLink: (href: string) => t("brokenLink", { href }),
      close: t("close"),
      checkbox: t("checkbox"),
      code: t("code"),
      copyCode: t("copyCode"),
      diagram: (firstLine: string) => t("diagram", { firstLine }),
      drawing: t("drawing"),
      enlarge: (firstLine: string) => t("enlarge", { firstLine }),
      failed: t("diagramFailed"),
      footnotes: t("footnotes"),
      hideSource: t("hideSource"),
      missingImage: (path: string) => t("missingImage", { path }),
      permalink: (heading: string) => t("permalink", { heading }),
      showSource: t("showSource"),
      table: t("table"),
      toReference: t("toReference"),
      zoomIn: t("zoomIn"),
      zoomOut: t("zoomOut"),
    }),
    [t],
  );
}
