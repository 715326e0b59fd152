/** The `set` policy: an observed-remove set of texts. */

import { beyond, join, seen, type VersionVector } from "./clock";
import { byCodePoint } from "./equal";

export type Dot = [replica: string, counter: number];
/** Element -> the dots that added it and that no remover had seen. */
export type Additions = Record<string, Dot[]>;
/** Element -> what its removers had seen beyond the row's vector. */
export type Removals = Record<string, VersionVector>;

export interface SetWriter {
  replica: string;
  counter: number;
  context: VersionVector;
  /** The part of the context that lies beyond the row's vector. */
  unseen: VersionVector;
}

/** Return the elements, each once, in code point order. */
export function members(elements: Iterable<string>): string[] {
  return [...new Set(elements)].sort(byCodePoint);
}

/** Return the texts of `left` that are not in `right`, in order. */
export function difference(left: readonly string[], right: readonly string[]): string[] {
  const other = new Set(right);
  return members(left.filter((one) => !other.has(one)));
}

/** Apply one writer's additions and removals: what it left against what it saw. */
export function writeSet(
  stored: Additions,
  awaited: Removals,
  before: readonly string[],
  after: readonly string[],
  writer: SetWriter,
): [Additions, Removals] {
  const additions = { ...stored };
  const removals = { ...awaited };
  for (const element of difference(before, after)) {
    const kept = (additions[element] ?? []).filter(
      ([maker, count]) => maker !== writer.replica && seen(writer.context, maker) < count,
    );
    delete additions[element];
    if (kept.length > 0) additions[element] = kept;
    if (Object.keys(writer.unseen).length > 0) {
      removals[element] = join(removals[element] ?? {}, writer.unseen);
    }
  }
  for (const element of difference(after, before)) {
    if (seen(removals[element] ?? {}, writer.replica) < writer.counter) {
      const dots: Dot[] = [...(additions[element] ?? []), [writer.replica, writer.counter]];
      additions[element] = dots.sort(
        (left, right) => byCodePoint(left[0], right[0]) || left[1] - right[1],
      );
    }
  }
  return [additions, removals];
}

/** Drop of each vector what `known` covers, and the keys that are left with nothing. */
export function rests(
  vectors: Record<string, VersionVector>,
  known: VersionVector,
): Record<string, VersionVector> {
  return Object.fromEntries(
    Object.entries(vectors)
      .map(([key, vector]) => [key, beyond(vector, known)] as const)
      .filter(([, rest]) => Object.keys(rest).length > 0),
  );
}
