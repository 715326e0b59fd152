/** What waits on this device, and what was refused: live. */

import { useLiveQuery } from "dexie-react-hooks";
import { bytesLeft } from "../replica/outbox";
import { useWorkplace } from "./workplace";

export interface Waiting {
  entries: number;
  oldestAt: number | null;
  files: number;
  fileBytes: number;
  refused: number;
  conflicts: number;
}

const NOTHING: Waiting = {
  entries: 0,
  oldestAt: null,
  files: 0,
  fileBytes: 0,
  refused: 0,
  conflicts: 0,
};

export function useWaiting(): Waiting {
  const { database } = useWorkplace();
  const found = useLiveQuery(async () => {
    const [pending, files, refused, conflicts] = await Promise.all([
      database.outbox.where("state").equals("pending").toArray(),
      database.blobs.where("purpose").equals("upload").toArray(),
      database.rejections.count(),
      database.conflicts.count(),
    ]);
    const times = pending.map((one) => Math.floor(one.changeSet.time / 1000));
    return {
      entries: pending.length,
      oldestAt: times.length === 0 ? null : Math.min(...times),
      files: files.length,
      fileBytes: bytesLeft(files),
      refused,
      conflicts,
    };
  }, [database]);
  return found ?? NOTHING;
}
