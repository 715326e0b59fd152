/** The live connection: says when a scope has a new head, never what is in it. */

import { PROTOCOL_VERSION } from "../generated/tables";
import type { Transport } from "../replica/transport";

type LiveMessage =
  | { type: "ready"; heads: Record<string, number> }
  | { type: "poke"; heads: Record<string, number> }
  | { type: "bye"; code: string };

export interface LiveEvents {
  onOpen: () => void;
  onHeads: (heads: Record<string, number>) => void;
}

/** Listen until the connection ends or is aborted; resolves then, whatever ended it. */
export async function listen(
  transport: Transport,
  events: LiveEvents,
  signal: AbortSignal,
): Promise<void> {
  const ticket = await transport.liveTicket();
  if (signal.aborted) return;
  const address = new URL("/api/sync/live", self.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  const close = (): void => socket.close();
  signal.addEventListener("abort", close);
  try {
    await new Promise<void>((resolve) => {
      socket.onopen = () => {
        socket.send(JSON.stringify({ type: "hello", ticket, protocol: PROTOCOL_VERSION }));
      };
      socket.onmessage = (event: MessageEvent<unknown>) => {
        if (typeof event.data !== "string") return;
        const message = JSON.parse(event.data) as LiveMessage;
        if (message.type === "bye") {
          socket.close();
          return;
        }
        if (message.type === "ready") events.onOpen();
        events.onHeads(message.heads);
      };
      socket.onclose = () => resolve();
    });
  } finally {
    signal.removeEventListener("abort", close);
  }
}
