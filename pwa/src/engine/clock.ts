/**
 * Dots, version vectors and hybrid logical clocks, as in PROTOCOL.md sections 2 and 6.
 *
 * A hybrid time is one integer, `milliseconds since 1970 * 1000 + logical`: exact in a double.
 */

export type VersionVector = Record<string, number>;

export const SERVER_REPLICA = "0".repeat(16);
export const REPLICA_ID_PATTERN = /^[0-9a-f]{16}$/;
const LOGICAL_PER_MILLISECOND = 1000;

/** Return a vector's counter of a replica; 0 where it has seen nothing. */
export function seen(vector: VersionVector, replica: string): number {
  return Object.hasOwn(vector, replica) ? (vector[replica] as number) : 0;
}

export function covers(vector: VersionVector, replica: string, counter: number): boolean {
  return seen(vector, replica) >= counter;
}

/** Whether `left` has seen everything `right` has. */
export function dominates(left: VersionVector, right: VersionVector): boolean {
  return Object.entries(right).every(([replica, counter]) => seen(left, replica) >= counter);
}

/** Return the least vector that has seen what either has. */
export function join(left: VersionVector, right: VersionVector): VersionVector {
  const joined = { ...left };
  for (const [replica, counter] of Object.entries(right)) {
    if (seen(joined, replica) < counter) joined[replica] = counter;
  }
  return joined;
}

/** Return the entries of `vector` that `known` does not cover. */
export function beyond(vector: VersionVector, known: VersionVector): VersionVector {
  return Object.fromEntries(
    Object.entries(vector).filter(([replica, counter]) => counter > seen(known, replica)),
  );
}

export function hybridTime(wallMs: number, logical = 0): number {
  return wallMs * LOGICAL_PER_MILLISECOND + logical;
}

export function wallMilliseconds(time: number): number {
  return Math.floor(time / LOGICAL_PER_MILLISECOND);
}

/** Return the time of a new local event: after `previous`, and not before the wall clock. */
export function tick(previous: number, wallMs: number): number {
  return Math.max(previous + 1, hybridTime(wallMs));
}

/** Return the clock's new reading after seeing another replica's time. */
export function receive(previous: number, other: number, wallMs: number): number {
  return Math.max(previous, other, hybridTime(wallMs));
}

/** Pull a time that runs too far ahead of the server's clock back to it. */
export function clamp(time: number, wallMs: number, driftMsMax: number): number {
  const latest = hybridTime(wallMs + driftMsMax, LOGICAL_PER_MILLISECOND - 1);
  return time > latest ? hybridTime(wallMs) : time;
}
