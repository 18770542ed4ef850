import enProject from "@/messages/en/project.json";
import frProject from "@/messages/fr/project.json";

export const projectTexts = { en: { project: enProject }, fr: { project: frProject satisfies typeof enProject } };
