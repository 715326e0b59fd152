/** The words of the documents' screens: loaded with the first of them. */

import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { en } from "../locales/documents/en";
import { fr } from "../locales/documents/fr";
import { useWords } from "./words";

i18n.addResourceBundle("fr", "documents", fr);
i18n.addResourceBundle("en", "documents", en);

/** Return the words of documents as `d`, beside those that every screen knows. */
export function useDocumentWords() {
  const { t, language } = useWords();
  const { t: d } = useTranslation("documents");
  return { t, d, language };
}
