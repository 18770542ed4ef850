import type { Messages } from "@/messages/en";

declare module "use-intl" {
  interface AppConfig {
    Locale: "en" | "fr";
    Messages: Messages;
  }
}
