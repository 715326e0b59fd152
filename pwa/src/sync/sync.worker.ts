/** The worker of a tab: synchronises while it leads. Decoding and checksums stay off the screen. */

import { lead } from "./leader";
import type { WorkerMessage } from "./messages";
import { Runner } from "./runner";

let stop: AbortController | null = null;

self.onmessage = (event: MessageEvent<WorkerMessage>) => {
  const message = event.data;
  if (message.type === "stop") {
    stop?.abort();
    stop = null;
  } else if (message.type === "start") {
    stop?.abort();
    stop = new AbortController();
    void lead(message.person, (signal) => new Runner(message.person, signal).run(), stop.signal);
  }
};
