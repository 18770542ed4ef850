/**
 * Every shortcut of the client. Keys are written as `mod+k` (mod: Ctrl, on a Mac ⌘), one key (`?`), or two keys one after
 * the other (`g d`). What each does is in the messages, `shell.shortcuts.<id>`.
 */
export const SHORTCUTS = {
  palette: { keys: ["mod+k", "/"], group: "everywhere" },
  help: { keys: ["?"], group: "everywhere" },
  goDashboard: { keys: ["g h"], group: "everywhere" },
  goOverview: { keys: ["g o"], group: "everywhere" },
  goDocuments: { keys: ["g d"], group: "everywhere" },
  goSearch: { keys: ["g s"], group: "everywhere" },
  goChat: { keys: ["g c"], group: "everywhere" },
  goSettings: { keys: ["g ,"], group: "everywhere" },
  syncProject: { keys: ["s"], group: "overview" },
  filterTree: { keys: ["t"], group: "documents" },
  nextDocument: { keys: ["j"], group: "documents" },
  previousDocument: { keys: ["k"], group: "documents" },
  toggleTree: { keys: ["b"], group: "documents" },
  toggleSource: { keys: ["v"], group: "documents" },
  toggleHistory: { keys: ["h"], group: "documents" },
  copyPermalink: { keys: ["y"], group: "documents" },
  newConversation: { keys: ["n"], group: "chat" },
  focusQuestion: { keys: ["i"], group: "chat" },
  stopAnswer: { keys: ["escape"], group: "chat" },
  closeSection: { keys: ["x"], group: "chat" },
} as const satisfies Record<string, { keys: readonly string[]; group: ShortcutGroup }>;

export type ShortcutGroup = "everywhere" | "overview" | "documents" | "chat";
export type ShortcutId = keyof typeof SHORTCUTS;
export const GROUPS: readonly ShortcutGroup[] = ["everywhere", "overview", "documents", "chat"];
