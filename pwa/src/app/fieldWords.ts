/** The words of the site's rarer screens: loaded with the first of them. */

import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { en } from "../locales/field/en";
import { fr } from "../locales/field/fr";
import { useWords } from "./words";

i18n.addResourceBundle("fr", "field", fr);
i18n.addResourceBundle("en", "field", en);

/** Return the site's words as `f`, beside those that every screen knows. */
export function useFieldWords() {
  const { t, language } = useWords();
  const { t: f } = useTranslation("field");
  return { t, f, language };
}
