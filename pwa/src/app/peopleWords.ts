/** The words of the screens of people, rights, devices and activity: loaded with the first of them. */

import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { en } from "../locales/people/en";
import { fr } from "../locales/people/fr";
import { useOfficeWords } from "./officeWords";

i18n.addResourceBundle("fr", "people", fr);
i18n.addResourceBundle("en", "people", en);

/** Return the words of people as `p`, beside the office's and those that every screen knows. */
export function usePeopleWords() {
  const { t, o, language } = useOfficeWords();
  const { t: p } = useTranslation("people");
  return { t, o, p, language };
}
