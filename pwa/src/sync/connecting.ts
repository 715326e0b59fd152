/** A person's way to the server, for whoever synchronises their replica. */

import { httpTransport, type Transport } from "../replica/transport";
import { platform } from "../session/login";
import { tokensOf } from "../session/tokens";

declare const __APP_VERSION__: string;

export function transportOf(person: string): Transport {
  return httpTransport(tokensOf(person), { platform: platform(), appVersion: __APP_VERSION__ });
}
