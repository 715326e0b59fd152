/** The two languages: both are in the first load, so that a switch needs no link. */

import i18n from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "../locales/en";
import { fr } from "../locales/fr";

void i18n.use(initReactI18next).init({
  lng: "fr",
  fallbackLng: "fr",
  resources: { fr: { translation: fr }, en: { translation: en } },
  interpolation: { escapeValue: false },
  returnNull: false,
  initAsync: false,
});

export default i18n;
