/**
 * What concurrent writes of one field give: PROTOCOL.md section 7.
 *
 * Each is a function of the set of siblings (writes that no other write has seen), which come
 * sorted by dot; never of their order of arrival.
 */

import { seen, type VersionVector } from "./clock";
import { byCodePoint, same } from "./equal";
import type { Field, Value, Workflow } from "./schema";
import { mergeTexts } from "./text";

/** One live write of a field. */
export interface Sibling {
  replica: string;
  counter: number;
  time: number;
  value: Value;
  /** For `text`: the value the writer started from. */
  before: Value;
  /** For `text`: what the writer had seen. */
  context: VersionVector;
}

export interface Settled {
  value: Value;
  /** Whether a person should look at it. */
  review: boolean;
}

export function compareDots(
  left: { replica: string; counter: number },
  right: { replica: string; counter: number },
): number {
  return byCodePoint(left.replica, right.replica) || left.counter - right.counter;
}

function compareTimes(left: Sibling, right: Sibling): number {
  return left.time - right.time || compareDots(left, right);
}

function greatest<T>(items: readonly T[], compare: (left: T, right: T) => number): T {
  return items.reduce((best, one) => (compare(one, best) > 0 ? one : best));
}

function latest(siblings: readonly Sibling[]): Settled {
  return { value: greatest(siblings, compareTimes).value, review: false };
}

function review(siblings: readonly Sibling[]): Settled {
  const first = siblings[0]?.value;
  return {
    value: latest(siblings).value,
    review: siblings.some((one) => !same(one.value, first)),
  };
}

function maximum(siblings: readonly Sibling[]): Settled {
  const values = siblings.map((one) => one.value).filter((one) => typeof one === "number");
  return { value: values.length === 0 ? null : Math.max(...values), review: false };
}

function workflow(siblings: readonly Sibling[], machine: Workflow): Settled {
  const rank = (one: Sibling): number => machine.precedence.indexOf(String(one.value));
  const strongest = greatest(
    siblings,
    (left, right) => rank(left) - rank(right) || compareTimes(left, right),
  );
  return { value: strongest.value, review: false };
}

function hadSeen(sibling: Sibling, context: VersionVector): boolean {
  return Object.entries(context).every(
    ([maker, count]) => seen(sibling.context, maker) >= count || maker === sibling.replica,
  );
}

function asText(value: Value): string {
  return typeof value === "string" ? value : "";
}

function text(siblings: readonly Sibling[]): Settled {
  const [first, ...others] = siblings;
  if (first === undefined) return { value: null, review: false };
  if (others.length === 0) return { value: first.value, review: false };
  const least = siblings.find((one) => siblings.every((other) => hadSeen(other, one.context)));
  if (least === undefined) return review(siblings);
  let merged = asText(first.value);
  for (const sibling of others) {
    const attempt = mergeTexts(asText(least.before), merged, asText(sibling.value));
    if (attempt === null) return review(siblings);
    merged = attempt;
  }
  return { value: merged, review: false };
}

/** Keep the write of the earlier hybrid time; an absent value is not yet written. */
export function writeOnce(siblings: readonly Sibling[]): Sibling {
  const absent = (one: Sibling): number => (one.value === null || one.value === undefined ? 1 : 0);
  return greatest(
    siblings,
    (left, right) => -(absent(left) - absent(right) || compareTimes(left, right)),
  );
}

/** Apply the field's policy; a field that only a newer client knows is `latest`. */
export function settle(field: Field | undefined, siblings: readonly Sibling[]): Settled {
  if (field === undefined) return latest(siblings);
  if (field.workflow !== undefined) return workflow(siblings, field.workflow);
  switch (field.policy) {
    case "review":
      return review(siblings);
    case "maximum":
      return maximum(siblings);
    case "text":
      return text(siblings);
    default:
      return latest(siblings);
  }
}

/** Add the writer's delta to the total; an absent value counts as zero. */
export function counter(total: Value, before: Value, after: Value): number {
  const number = (value: Value): number => (typeof value === "number" ? value : 0);
  return number(total) + number(after) - number(before);
}
