import type { Messages } from "@/messages/en";
import chat from "./chat.json";
import dashboard from "./dashboard.json";
import explorer from "./explorer.json";
import project from "./project.json";
import search from "./search.json";
import settings from "./settings.json";
import shell from "./shell.json";
import ui from "./ui.json";

export const fr: Messages = { chat, dashboard, explorer, project, search, settings, shell, ui };
