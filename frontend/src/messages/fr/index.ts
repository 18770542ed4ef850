import type { FirstMessages } from "@/messages/en";
import chat from "./chat.json";
import dashboard from "./dashboard.json";
import explorer from "./explorer.json";
import search from "./search.json";
import settings from "./settings.json";
import shell from "./shell.json";
import sync from "./sync.json";
import ui from "./ui.json";

export const fr: FirstMessages = { chat, dashboard, explorer, search, settings, shell, sync, ui };
