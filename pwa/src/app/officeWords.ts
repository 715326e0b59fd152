/** The words of the office's screens: loaded with the first of them, so that a crew's tablet is not. */

import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { en } from "../locales/office/en";
import { fr } from "../locales/office/fr";
import { useWords } from "./words";

i18n.addResourceBundle("fr", "office", fr);
i18n.addResourceBundle("en", "office", en);

/** Return the office's words as `o`, beside those that every screen knows. */
export function useOfficeWords() {
  const { t, language } = useWords();
  const { t: o } = useTranslation("office");
  return { t, o, language };
}
