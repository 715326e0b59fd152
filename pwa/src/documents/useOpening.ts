/** Opening a version: from this device where it is kept, else from the server. */

import { useState } from "react";
import { useWorkplace } from "../app/workplace";
import { tokensOf } from "../session/tokens";
import { DamagedError, fetchAndKeep, heldHere } from "./fetching";
import type { Version } from "./filed";

/** What a browser shows by itself; anything else is saved, so that no file runs as part of the app. */
const SHOWN = /^(image\/(jpeg|png|gif|webp)|application\/pdf)$/;
/** Long enough for a new tab to have read it. */
const KEPT_MS = 60_000;

export type OpeningTrouble = "needs_link" | "failed" | "damaged";

export interface Opening {
  busy: boolean;
  trouble: OpeningTrouble | null;
  open: (version: Version) => Promise<void>;
  save: (version: Version) => Promise<void>;
}

export function useOpening(): Opening {
  const { database, person } = useWorkplace();
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<OpeningTrouble | null>(null);
  const bytesOf = async (version: Version): Promise<Blob | null> => {
    setBusy(true);
    setTrouble(null);
    try {
      const held = await heldHere(database, version.id);
      if (held !== null) return held;
      if (!navigator.onLine) {
        setTrouble("needs_link");
        return null;
      }
      return await fetchAndKeep(database, tokensOf(person), {
        version: version.id,
        name: version.file_name,
        type: version.content_type ?? "application/octet-stream",
        bytes: version.stored_bytes ?? version.size_bytes ?? 0,
        sha256: version.object_sha256 ?? null,
      });
    } catch (error) {
      setTrouble(error instanceof DamagedError ? "damaged" : "failed");
      return null;
    } finally {
      setBusy(false);
    }
  };
  const give = async (version: Version, shows: boolean): Promise<void> => {
    const blob = await bytesOf(version);
    if (blob === null) return;
    const type = version.content_type ?? blob.type;
    const shown = shows && SHOWN.test(type);
    const safe = blob.slice(0, blob.size, shown ? type : "application/octet-stream");
    const address = URL.createObjectURL(safe);
    const link = document.createElement("a");
    link.href = address;
    if (shown) link.target = "_blank";
    else link.download = version.file_name;
    link.rel = "noopener";
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
  };
  return {
    busy,
    trouble,
    open: (version) => give(version, true),
    save: (version) => give(version, false),
  };
}
