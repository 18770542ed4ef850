import enHistory from "@/messages/en/history.json";
import frHistory from "@/messages/fr/history.json";

export const historyTexts = { en: { history: enHistory }, fr: { history: frHistory satisfies typeof enHistory } };
