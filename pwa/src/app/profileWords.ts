/** The words of one's own profile: loaded with its screen. */

import i18n from "i18next";
import { useTranslation } from "react-i18next";
import { en } from "../locales/profile/en";
import { fr } from "../locales/profile/fr";
import { useWords } from "./words";

i18n.addResourceBundle("fr", "profile", fr);
i18n.addResourceBundle("en", "profile", en);

/** Return the profile's words as `p`, beside those that every screen knows. */
export function useProfileWords() {
  const { t, language } = useWords();
  const { t: p } = useTranslation("profile");
  return { t, p, language };
}
