/** By which ways a person is told of each kind of notice: what they chose, else the defaults. */

import { fieldsOf } from "../../engine/schema";
import { type NoticePreference, TABLES } from "../../generated/tables";

export type Kind = NonNullable<NoticePreference["kind"]>;
export type Channel = "app" | "email" | "sms";

export const KINDS = (fieldsOf(TABLES.notice_preference).get("kind")?.choices ??
  []) as readonly Kind[];
export const CHANNELS: readonly Channel[] = ["app", "email", "sms"];

/** Where nobody chose; a server's test holds it to `server.alerts.preferences`. */
export const DEFAULT_CHANNELS: Record<Kind, readonly Channel[]> = {
  alert: ["app"],
  approval: ["app", "email"],
  assignment: ["app", "email"],
  deadline: ["app"],
  digest: ["app", "email"],
  escalation: ["app", "email"],
  mention: ["app", "email"],
  safety: ["app", "email", "sms"],
  watching: ["app"],
};

type Choice = Pick<NoticePreference, "kind" | "app" | "email" | "sms">;

/** Whether a kind is told by a channel: by its own row, else by that for all kinds. */
export function isTold(rows: readonly Choice[], kind: Kind, channel: Channel): boolean {
  for (const wanted of [kind, null]) {
    for (const row of rows) {
      const said = row[channel];
      if ((row.kind ?? null) === wanted && said !== null && said !== undefined) return said;
    }
  }
  return DEFAULT_CHANNELS[kind].includes(channel);
}

/** Whether quiet hours are hours of a day, or both left out. */
export function areHours(from: string, until: string): boolean {
  const hour = /^([01]\d|2[0-3]):[0-5]\d$/;
  return (from === "" && until === "") || (hour.test(from) && hour.test(until) && from !== until);
}
