/** Which values stand against each other, and who wrote each. */

import { same } from "../../engine/equal";

/** As `GET /api/sync/conflicts` answers; `other_` is who was there first. Times are hybrid. */
export interface ConflictRecord {
  id: number;
  table: string;
  row: string;
  field: string | null;
  policy: string;
  kept: unknown;
  lost: unknown;
  review: boolean;
  replica: string;
  device: string | null;
  person: string | null;
  time: number;
  other_replica: string | null;
  other_device: string | null;
  other_person: string | null;
  other_time: number | null;
  detected_at: number;
  resolved_at: number | null;
}

export interface Author {
  person: string | null;
  device: string | null;
  time: number | null;
}

export interface Side {
  value: unknown;
  /** The one that every screen shows meanwhile. */
  shown: boolean;
  /** Null where only the server could tell, and was not reached. */
  by: Author | null;
}

/** Return who wrote the value that was kept, and who the other: the later write is kept. */
export function authorsOf(record: ConflictRecord): { kept: Author; lost: Author } {
  const came: Author = { person: record.person, device: record.device, time: record.time };
  const stood: Author = {
    person: record.other_person,
    device: record.other_device,
    time: record.other_time,
  };
  const later =
    record.time !== record.other_time
      ? record.time > (record.other_time ?? 0)
      : record.replica > (record.other_replica ?? "");
  return later ? { kept: came, lost: stood } : { kept: stood, lost: came };
}

/** Return the values of a field in review, the shown one first. */
export function sidesOf(
  value: unknown,
  row: string,
  field: string,
  records: readonly ConflictRecord[],
): Side[] {
  const sides: Side[] = [{ value, shown: true, by: null }];
  for (const record of records) {
    if (record.row !== row || record.field !== field) continue;
    const { kept, lost } = authorsOf(record);
    for (const [one, by] of [
      [record.kept, kept],
      [record.lost, lost],
    ] as const) {
      const known = sides.find((side) => same(side.value as never, one as never));
      if (known === undefined) sides.push({ value: one, shown: false, by });
      else known.by ??= by;
    }
  }
  return sides;
}
