/** A value that follows another when it has stood still: what is typed asks once. */

import { useEffect, useState } from "react";

const PAUSE_MS = 300;

export function useLater<T>(value: T): T {
  const [late, setLate] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return late;
}
