/**
 * The service worker: keeps the app's own files, and synchronises when the browser wakes it.
 *
 * Nothing but GET of the app is answered from here. A new version waits until a person takes it.
 */

import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  type PrecacheEntry,
  precacheAndRoute,
} from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";
import type { Errand } from "./sync/background";
import { FETCH_NEWS, SEND_WAITING } from "./sync/waking";

interface WakingEvent extends ExtendableEvent {
  readonly tag: string;
}

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] };

/** The server's own pages and data are never the app's. */
const SERVERS_OWN = [/^\/(api|oauth|health|metrics|\.well-known)\b/];
/** Tag -> what the browser woke the worker for. */
const ERRANDS: Readonly<Record<string, Errand>> = {
  [SEND_WAITING]: "waiting",
  [FETCH_NEWS]: "everyone",
};

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
registerRoute(
  new NavigationRoute(createHandlerBoundToURL("/index.html"), { denylist: SERVERS_OWN }),
);

self.addEventListener("message", (event) => {
  if (event.data?.type === "SKIP_WAITING") void self.skipWaiting();
});

for (const waking of ["sync", "periodicsync"]) {
  self.addEventListener(waking, (event) => {
    const { tag } = event as WakingEvent;
    const errand = ERRANDS[tag];
    if (errand !== undefined) (event as WakingEvent).waitUntil(run(errand));
  });
}

/**
 * Run an errand; one that fails is tried again by the browser, with growing pauses. The engine lies
 * in this file, and is not set up before: opening the app offline never waits for it.
 */
async function run(errand: Errand): Promise<void> {
  const { synchroniseInBackground } = await import("./sync/background");
  await synchroniseInBackground(errand);
}
