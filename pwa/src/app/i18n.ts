/** The two languages. French comes with the app; English is a piece of its own, kept for offline. */

import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { fr } from "../locales/fr";
import type { Language } from "./store";

void i18n.use(initReactI18next).init({
  lng: "fr",
  fallbackLng: "fr",
  resources: { fr: { translation: fr } },
  interpolation: { escapeValue: false },
  returnNull: false,
  initAsync: false,
});

/** Speak a language from now on. */
export async function speak(language: Language): Promise<void> {
  if (language === "en" && !i18n.hasResourceBundle("en", "translation")) {
    const { en } = await import("../locales/en");
    i18n.addResourceBundle("en", "translation", en);
  }
  await i18n.changeLanguage(language);
}
