/** Sends a schedule's file, and tells how far it is: fetch says nothing of what has left. */

import type { Problem } from "../../../engine/changes";
import { TransportError } from "../../../replica/transport";
import { tokensOf } from "../../../session/tokens";

export type Sent<T> =
  | { status: "done"; body: T }
  | { status: "refused"; problem: Problem }
  | { status: "unreachable" };

/** Send a file in the person's name. `onSent` hears the part that has left, from 0 to 1. */
export async function sendFile<T>(
  person: string,
  path: string,
  file: Blob,
  onSent: (part: number) => void,
): Promise<Sent<T>> {
  const tokens = tokensOf(person);
  try {
    const token = await tokens.token();
    const first = await attempt<T>(path, token, file, onSent);
    if (first !== null) return first;
    const again = await attempt<T>(path, await tokens.renew(token), file, onSent);
    return again ?? { status: "unreachable" };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return { status: "unreachable" };
  }
}

/** Send once; null when the server does not take the token. */
function attempt<T>(
  path: string,
  token: string,
  file: Blob,
  onSent: (part: number) => void,
): Promise<Sent<T> | null> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.setRequestHeader("accept", "application/json");
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onSent(event.loaded / Math.max(1, event.total));
    });
    request.upload.addEventListener("load", () => onSent(1));
    request.addEventListener("error", () => resolve({ status: "unreachable" }));
    request.addEventListener("load", () => {
      if (request.status === 401) resolve(null);
      else if (request.status === 200) resolve({ status: "done", body: request.response as T });
      else if (request.status >= 500 || request.response === null) {
        resolve({ status: "unreachable" });
      } else resolve({ status: "refused", problem: request.response as Problem });
    });
    request.send(file);
  });
}
