/** Whether the screen is as wide as an office's: the same bound as the styles' `lg`. */

import { useSyncExternalStore } from "react";

const WIDE = "(min-width: 64rem)";

function listen(changed: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

export function useWide(): boolean {
  return useSyncExternalStore(listen, () => window.matchMedia(WIDE).matches);
}
