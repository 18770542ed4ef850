import enFound from "@/messages/en/found.json";
import frFound from "@/messages/fr/found.json";

export const foundTexts = { en: { found: enFound }, fr: { found: frFound satisfies typeof enFound } };
