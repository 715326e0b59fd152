/** The words of the reports: loaded with their screen. */

import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { en } from "../locales/reporting/en";
import { fr } from "../locales/reporting/fr";
import { useOfficeWords } from "./officeWords";

i18n.addResourceBundle("fr", "reporting", fr);
i18n.addResourceBundle("en", "reporting", en);

/** Return the words of reports as `r`, beside the office's and those that every screen knows. */
export function useReportingWords() {
  const { t, o, language } = useOfficeWords();
  const { t: r } = useTranslation("reporting");
  return { t, o, r, language };
}
