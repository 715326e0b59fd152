/** A small picture of a version: from this device where it holds one, else as the server drew it. */

import { useEffect, useState } from "react";
import { fetchAs } from "../app/fetching";
import { useAppSelector } from "../app/store";
import { useWorkplace } from "../app/workplace";
import { heldHere } from "./fetching";

const DRAWN = /^(image\/(jpeg|png|gif|webp|tiff|bmp)|application\/pdf|text\/plain)$/;
const SHOWN = /^image\/(jpeg|png|gif|webp)$/;
const REMEMBERED = 200;

/** Pictures the server gave, while the app is open: a list leafed through asks once. */
const FETCHED = new Map<string, Promise<Blob | null>>();

/** Return the address of a picture for an `img`; null when there is none, or not yet. */
export function usePicture(
  version: string | null,
  type: string | null | undefined,
  kind: "thumbnail" | "page" = "thumbnail",
): string | null {
  const { database, person } = useWorkplace();
  const online = useAppSelector((state) => state.sync.online);
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    let made: string | null = null;
    let current = true;
    const show = (blob: Blob | null): void => {
      if (!current || blob === null) return;
      made = URL.createObjectURL(blob);
      setAddress(made);
    };
    const find = async (): Promise<Blob | null> => {
      if (version === null) return null;
      const held = await heldHere(database, version);
      if (held !== null && SHOWN.test(held.type)) return held;
      return online && DRAWN.test(type ?? "") ? fetched(person, version, kind) : null;
    };
    // Without a picture the kind of file stands there: nothing else depends on it.
    find().then(show, () => undefined);
    return () => {
      current = false;
      if (made !== null) URL.revokeObjectURL(made);
      setAddress(null);
    };
  }, [database, person, online, version, type, kind]);
  return address;
}

async function fetched(person: string, version: string, kind: string): Promise<Blob | null> {
  const key = `${person} ${version} ${kind}`;
  const known = FETCHED.get(key);
  if (known !== undefined) return known;
  const asked = fetchAs(person, `/api/storage/versions/${version}/previews/${kind}`, {
    headers: { accept: "image/jpeg" },
  }).then(async (response) => (response.ok ? response.blob() : null));
  FETCHED.set(key, asked);
  const oldest = FETCHED.keys().next().value;
  if (FETCHED.size > REMEMBERED && oldest !== undefined) FETCHED.delete(oldest);
  // One that is not drawn yet is asked for again another time.
  const found = await asked.catch(() => null);
  if (found === null) FETCHED.delete(key);
  return found;
}
