/** A form's values, kept in the store at every change: a closed tab loses nothing. */

import { useEffect, useRef, useState } from "react";
import { keeping } from "../replica/room";
import { useWorkplace } from "./workplace";

export function useDraft<T extends object>(
  key: string,
  initial: T,
): {
  values: T;
  /** False until the kept values are read. */
  ready: boolean;
  set: (change: Partial<T>) => void;
  clear: () => Promise<void>;
} {
  const { database } = useWorkplace();
  const [values, setValues] = useState<T>(initial);
  const [ready, setReady] = useState(false);
  const latest = useRef<T>(initial);
  const written = useRef<Partial<T>>({});

  useEffect(() => {
    let current = true;
    written.current = {};
    void database.drafts.get(key).then((kept) => {
      if (!current) return;
      if (kept !== undefined) {
        // Who was quicker than the store keeps what they wrote.
        latest.current = {
          ...latest.current,
          ...(kept.values as Partial<T>),
          ...written.current,
        };
        setValues(latest.current);
      }
      setReady(true);
    });
    return () => {
      current = false;
    };
  }, [database, key]);

  const set = (change: Partial<T>): void => {
    written.current = { ...written.current, ...change };
    latest.current = { ...latest.current, ...change };
    setValues(latest.current);
    void keeping(() =>
      database.drafts.put({
        key,
        savedAt: Date.now(),
        values: latest.current as Record<string, unknown>,
      }),
    );
  };
  const clear = async (): Promise<void> => {
    await database.drafts.delete(key);
  };
  return { values, ready, set, clear };
}
