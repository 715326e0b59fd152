/** Save an action from a form: one at a time, and say in words what went wrong. */

import { useState } from "react";
import { type Edit, RefusedError } from "../replica/editing";
import { isOutOfRoom } from "../replica/room";
import type { Intent } from "./intent";
import { useWords } from "./words";
import { useEdit } from "./workplace";

export interface Saving {
  busy: boolean;
  /** What to show when it could not be saved. */
  trouble: string | null;
  /** The field at fault, where the declaration says it. */
  field: string | null;
  save: (intent: Intent, edits: readonly Edit[]) => Promise<string[] | null>;
}

export function useSaving(): Saving {
  const { t, language } = useWords();
  const edit = useEdit();
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [field, setField] = useState<string | null>(null);
  const save = async (intent: Intent, edits: readonly Edit[]): Promise<string[] | null> => {
    setBusy(true);
    setTrouble(null);
    setField(null);
    try {
      return await edit(intent, edits);
    } catch (error) {
      if (error instanceof RefusedError) {
        setTrouble(t("error.not_saved", { reason: error.sentence(language) }));
        setField(error.field);
      } else if (isOutOfRoom(error)) {
        setTrouble(t("error.storage_full"));
      } else {
        throw error;
      }
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { busy, trouble, field, save };
}
