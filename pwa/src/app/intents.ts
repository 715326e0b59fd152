/** The intents that the app writes, each with its words; `Intent` names them. */

import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { en } from "../locales/intents/en";
import { fr } from "../locales/intents/fr";

i18n.addResourceBundle("fr", "intents", fr);
i18n.addResourceBundle("en", "intents", en);

/** Return the function that says what a change set did; one of another version says its tables. */
export function useIntentWords(): (intent: string) => string {
  const { t } = useTranslation("intents");
  return (intent) => t(intent as never, { defaultValue: intent.replaceAll(/[._]/g, " ") });
}
