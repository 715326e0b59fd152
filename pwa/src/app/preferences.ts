/** Language, theme and project survive a restart; they are this device's, and never synchronised. */

import i18n from "./i18n";
import type { Language, Store, Theme } from "./store";
import { actions } from "./store";

const KEY = "derrick-preferences";

interface Kept {
  language?: Language;
  theme?: Theme;
  project?: string | null;
}

/** Take up what was kept, then keep every change. */
export function attachPreferences(store: Store): void {
  const kept = read();
  if (kept.language !== undefined) store.dispatch(actions.languageChosen(kept.language));
  if (kept.theme !== undefined) store.dispatch(actions.themeChosen(kept.theme));
  if (kept.project !== undefined) store.dispatch(actions.projectChosen(kept.project));
  apply(store);
  let before = store.getState().preferences;
  store.subscribe(() => {
    const now = store.getState().preferences;
    if (now === before) return;
    before = now;
    localStorage.setItem(KEY, JSON.stringify(now));
    apply(store);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(store));
}

function read(): Kept {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Kept;
  } catch {
    // Someone's extension or an older version wrote it: the defaults serve.
    return {};
  }
}

function apply(store: Store): void {
  const { language, theme } = store.getState().preferences;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = theme === "system" ? system : theme;
  document.documentElement.lang = language;
  if (i18n.language !== language) void i18n.changeLanguage(language);
}
