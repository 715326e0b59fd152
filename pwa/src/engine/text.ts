/** Three-way merge of texts; PROTOCOL.md section 7 gives the rules. */

import { byCodePoint } from "./equal";

const TOKEN_PAIRS_MAX = 1_000_000;

interface Edit {
  start: number;
  end: number;
  replacement: string[];
}

function tokens(text: string): string[] {
  return text.match(/[ \t\n\r]+|[^ \t\n\r]+/g) ?? [];
}

function commonPrefix(left: string[], right: string[]): number {
  let length = 0;
  while (length < left.length && length < right.length && left[length] === right[length]) {
    length += 1;
  }
  return length;
}

/** Return the lengths of the longest common subsequences from each pair of places on. */
function lengthsOf(old: string[], fresh: string[]): Uint32Array[] {
  const lengths = Array.from({ length: old.length + 1 }, () => new Uint32Array(fresh.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const here = lengths[i] as Uint32Array;
    const below = lengths[i + 1] as Uint32Array;
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      here[j] =
        old[i] === fresh[j]
          ? (below[j + 1] as number) + 1
          : Math.max(below[j] as number, here[j + 1] as number);
    }
  }
  return lengths;
}

/** Return the edits that turn `ancestor` into `side`, or null when the texts are too long. */
function editsOf(ancestor: string[], side: string[]): Edit[] | null {
  const head = commonPrefix(ancestor, side);
  const tail = commonPrefix(ancestor.slice(head).reverse(), side.slice(head).reverse());
  const old = ancestor.slice(head, ancestor.length - tail);
  const fresh = side.slice(head, side.length - tail);
  if (old.length * fresh.length > TOKEN_PAIRS_MAX) return null;
  const lengths = lengthsOf(old, fresh);
  const found: Edit[] = [];
  let [i, j, start, first] = [0, 0, 0, 0];
  const close = (): void => {
    if (start < i || first < j) {
      found.push({ start: head + start, end: head + i, replacement: fresh.slice(first, j) });
    }
  };
  while (i < old.length && j < fresh.length) {
    if (old[i] === fresh[j]) {
      close();
      i += 1;
      j += 1;
      start = i;
      first = j;
    } else if (Number(lengths[i + 1]?.[j]) >= Number(lengths[i]?.[j + 1])) {
      i += 1;
    } else {
      j += 1;
    }
  }
  i = old.length;
  j = fresh.length;
  close();
  return found;
}

function compareLists(left: string[], right: string[]): number {
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const order = byCodePoint(left[at] as string, right[at] as string);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareEdits(left: Edit, right: Edit): number {
  return (
    left.start - right.start ||
    left.end - right.end ||
    compareLists(left.replacement, right.replacement)
  );
}

/** Combine two edits of the same place; null when they contradict each other. */
function combine(left: Edit, right: Edit): Edit[] | null {
  if (compareEdits(left, right) === 0) return [left];
  if (left.start === left.end && left.start === right.start && right.start === right.end) {
    return [left, right].sort((one, other) => compareLists(one.replacement, other.replacement));
  }
  return null;
}

function touch(left: Edit, right: Edit): boolean {
  return left.start <= right.end && right.start <= left.end;
}

/** Put both sides' edits in order; null when two contradict each other. */
function planOf(mine: Edit[], theirs: Edit[]): Edit[] | null {
  const plan: Edit[] = [];
  let [here, there] = [0, 0];
  while (here < mine.length && there < theirs.length) {
    const left = mine[here] as Edit;
    const right = theirs[there] as Edit;
    if (!touch(left, right)) {
      if (compareEdits(left, right) < 0) {
        plan.push(left);
        here += 1;
      } else {
        plan.push(right);
        there += 1;
      }
      continue;
    }
    const both = combine(left, right);
    if (both === null) return null;
    plan.push(...both);
    here += 1;
    there += 1;
  }
  return [...plan, ...mine.slice(here), ...theirs.slice(there)];
}

/** Merge two texts made from one ancestor; null when their edits touch each other. */
export function mergeTexts(ancestor: string, left: string, right: string): string | null {
  if (right === left || right === ancestor) return left;
  if (left === ancestor) return right;
  const base = tokens(ancestor);
  const mine = editsOf(base, tokens(left));
  const theirs = editsOf(base, tokens(right));
  if (mine === null || theirs === null) return null;
  const plan = planOf(mine, theirs);
  if (plan === null) return null;
  const merged: string[] = [];
  let position = 0;
  for (const edit of plan) {
    if (edit.start < position) return null;
    merged.push(...base.slice(position, edit.start), ...edit.replacement);
    position = edit.end;
  }
  return [...merged, ...base.slice(position)].join("");
}
