/** Leaves the first moments to what is drawn. */

/** How long what waits may be held up by a busy page. */
const HELD_MS_MAX = 1_000;
/** Where the browser cannot tell when it is idle. */
const HELD_MS = 200;

/** Do something once the page is idle; return how to call it off. */
export function whenIdle(work: () => void): () => void {
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(work, HELD_MS);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(work, { timeout: HELD_MS_MAX });
  return () => cancelIdleCallback(handle);
}
