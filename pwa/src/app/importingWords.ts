/** The words of the import of a schedule: loaded with its screen. */

import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { en } from "../locales/importing/en";
import { fr } from "../locales/importing/fr";
import { useOfficeWords } from "./officeWords";

i18n.addResourceBundle("fr", "importing", fr);
i18n.addResourceBundle("en", "importing", en);

/** Return the import's words as `m`, beside the office's and those that every screen knows. */
export function useImportingWords() {
  const { t, o, language } = useOfficeWords();
  const { t: m } = useTranslation("importing");
  return { t, o, m, language };
}
