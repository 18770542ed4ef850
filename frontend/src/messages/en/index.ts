import type { foundTexts } from "@/messages/late/found";
import type { historyTexts } from "@/messages/late/history";
import type { projectTexts } from "@/messages/late/project";
import chat from "./chat.json";
import dashboard from "./dashboard.json";
import explorer from "./explorer.json";
import search from "./search.json";
import settings from "./settings.json";
import shell from "./shell.json";
import sync from "./sync.json";
import ui from "./ui.json";

/** What the first load brings. */
export const en = { chat, dashboard, explorer, search, settings, shell, sync, ui };

export type FirstMessages = typeof en;
/** All there are: those of `late/` come with the screens that show them. */
export type Messages = FirstMessages &
  (typeof foundTexts)["en"] &
  (typeof historyTexts)["en"] &
  (typeof projectTexts)["en"];
