/** The words of the present language, and the language itself. */

import { useTranslation } from "react-i18next";
import { type Language, useAppSelector } from "./store";

export function useWords() {
  const { t } = useTranslation();
  const language: Language = useAppSelector((state) => state.preferences.language);
  return { t, language };
}
