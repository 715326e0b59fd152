/** Files that the server makes: fetched in the person's name, and given to the browser to keep. */

import type { Problem } from "../engine/changes";
import { TransportError } from "../replica/transport";
import { fetchAs } from "./fetching";

/** A report of a year takes a while to be drawn. */
const TIMEOUT_MS = 180_000;

export type Fetched =
  | { status: "done"; name: string }
  | { status: "refused"; problem: Problem }
  | { status: "unreachable" };

/** Hand bytes to the browser as a file. */
export function giveFile(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after the click: it is let go once that has surely begun.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Return the name that a Content-Disposition gives a file; null when it gives none. */
export function fileNameOf(disposition: string | null): string | null {
  const extended = /filename\*=(?:UTF-8|utf-8)''([^;]+)/.exec(disposition ?? "")?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  return /filename="([^"]+)"/.exec(disposition ?? "")?.[1] ?? null;
}

/** Fetch a file and give it to the browser, under its own name or else `fallback`. */
export async function fetchFile(person: string, path: string, fallback: string): Promise<Fetched> {
  try {
    const response = await fetchAs(person, path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status >= 500) return { status: "unreachable" };
    if (!response.ok) return { status: "refused", problem: (await response.json()) as Problem };
    const name = fileNameOf(response.headers.get("content-disposition")) ?? fallback;
    giveFile(await response.blob(), name);
    return { status: "done", name };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return { status: "unreachable" };
  }
}
