/** A person's photo beside their name, or their initials. */

import { useEffect, useState } from "react";
import { fetchAs } from "../app/fetching";
import { initials } from "../app/initials";
import { useWorkplace } from "../app/workplace";

/** Digest of a photo -> the address of its bytes here: each is fetched once. */
const KNOWN = new Map<string, Promise<string | null>>();

async function load(asker: string, person: string): Promise<string | null> {
  try {
    const response = await fetchAs(asker, `/api/users/people/${person}/photo`, {
      cache: "default",
    });
    return response.ok ? URL.createObjectURL(await response.blob()) : null;
  } catch {
    // Without a link the initials stand for the face.
    return null;
  }
}

export function Face({
  person,
  name,
  photo,
  size = 44,
}: {
  person: string;
  name: string;
  /** The digest of the photo, as the directory has it. */
  photo: string | null | undefined;
  size?: number;
}) {
  const { person: asker } = useWorkplace();
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    setAddress(null);
    if (!photo) return;
    let here = true;
    let found = KNOWN.get(photo);
    if (found === undefined) {
      found = load(asker, person);
      KNOWN.set(photo, found);
    }
    void found.then((one) => {
      if (one === null) KNOWN.delete(photo);
      if (here) setAddress(one);
    });
    return () => {
      here = false;
    };
  }, [asker, person, photo]);
  const round = "shrink-0 rounded-full bg-accent-soft text-accent object-cover";
  if (address !== null) {
    return (
      <img
        alt=""
        className={round}
        height={size}
        src={address}
        style={{ width: size, height: size }}
        width={size}
      />
    );
  }
  return (
    <span
      aria-hidden="true"
      className={`inline-flex items-center justify-center font-bold ${round}`}
      style={{ width: size, height: size, fontSize: size * 0.38 }}
    >
      {initials(name)}
    </span>
  );
}
