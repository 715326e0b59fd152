/**
 * Asks the browser to wake the service worker when there is a link, though no tab may be open then.
 * Where the browser cannot, or may not, nothing is lost: the next tab sends what waits.
 */

export const SEND_WAITING = "derrick-send";
export const FETCH_NEWS = "derrick-news";

const NEWS_MS_MIN = 6 * 3_600_000;

interface Waking extends ServiceWorkerRegistration {
  sync?: { register: (tag: string) => Promise<void> };
  periodicSync?: { register: (tag: string, rhythm: { minInterval: number }) => Promise<void> };
}

/** Ask to be woken once there is a link: entries wait. */
export function askToSendLater(): Promise<void> {
  return asking((one) => one.sync?.register(SEND_WAITING));
}

/** Ask to be woken now and then for news; browsers grant it to an installed app alone. */
export function askForNews(): Promise<void> {
  return asking((one) => one.periodicSync?.register(FETCH_NEWS, { minInterval: NEWS_MS_MIN }));
}

async function asking(ask: (registration: Waking) => Promise<void> | undefined): Promise<void> {
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    if (registration !== undefined) await ask(registration);
  } catch (error) {
    // Denied, or no worker is active yet.
    if (!(error instanceof DOMException)) throw error;
  }
}
