/** The words of the present language, and the language itself. */

import i18n, { type TFunction } from "i18next";
import { useSyncExternalStore } from "react";
import { type Language, useAppSelector } from "./store";

/** Language -> its words. */
const WORDS = new Map<string, TFunction>();

/** Return a language's words; each is looked up once: a list asks for the same ones at every line. */
function wordsIn(language: string): TFunction {
  const made = WORDS.get(language);
  if (made !== undefined) return made;
  const look = i18n.getFixedT(language) as (key: string, values?: object) => string;
  const known = new Map<string, string>();
  const words = (key: string, values?: object): string => {
    if (values !== undefined) return look(key, values);
    const word = known.get(key) ?? look(key);
    known.set(key, word);
    return word;
  };
  WORDS.set(language, words as TFunction);
  return words as TFunction;
}

function onSpoken(changed: () => void): () => void {
  i18n.on("languageChanged", changed);
  return () => i18n.off("languageChanged", changed);
}

/** The language that is chosen becomes the spoken one once its words are here. */
const spoken = (): string => i18n.language;

export function useWords() {
  const t = wordsIn(useSyncExternalStore(onSpoken, spoken));
  const language: Language = useAppSelector((state) => state.preferences.language);
  return { t, language };
}
