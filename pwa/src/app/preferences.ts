/** Language, theme and project survive a restart; they are this device's, and never synchronised. */

import { speak } from "./i18n";
import type { Language, Store, Theme } from "./store";
import { actions } from "./store";

const KEY = "derrick-preferences";

interface Kept {
  language?: Language;
  theme?: Theme;
  project?: string | null;
}

/** Take up what was kept, then keep every change; resolves once the kept language is spoken. */
export async function attachPreferences(store: Store): Promise<void> {
  const kept = read();
  if (kept.language !== undefined) store.dispatch(actions.languageChosen(kept.language));
  if (kept.theme !== undefined) store.dispatch(actions.themeChosen(kept.theme));
  if (kept.project !== undefined) store.dispatch(actions.projectChosen(kept.project));
  await apply(store);
  let before = store.getState().preferences;
  store.subscribe(() => {
    const now = store.getState().preferences;
    if (now === before) return;
    before = now;
    localStorage.setItem(KEY, JSON.stringify(now));
    void apply(store);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    void apply(store);
  });
}

function read(): Kept {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Kept;
  } catch {
    // Someone's extension or an older version wrote it: the defaults serve.
    return {};
  }
}

async function apply(store: Store): Promise<void> {
  const { language, theme } = store.getState().preferences;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = theme === "system" ? system : theme;
  document.documentElement.lang = language;
  await speak(language);
}
