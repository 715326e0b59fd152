/** The words of the ways in: loaded with the first of those screens. */

import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { en } from "../locales/entering/en";
import { fr } from "../locales/entering/fr";
import { useWords } from "./words";

i18n.addResourceBundle("fr", "entering", fr);
i18n.addResourceBundle("en", "entering", en);

/** Return the words of the ways in as `e`, beside those that every screen knows. */
export function useEnteringWords() {
  const { t, language } = useWords();
  const { t: e } = useTranslation("entering");
  return { t, e, language };
}
