/** Who is named in what is being written: `@` and a name, or the beginning of one. */

export interface Nameable {
  id: string;
  name: string;
}

function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();
}

/** Return those whom a text names; the longest name counts, so that Awa is not meant by Awa Mboup. */
export function mentionsIn(body: string, people: readonly Nameable[]): string[] {
  const found: { id: string; from: number; to: number }[] = [];
  const sorted = [...people].sort((left, right) => right.name.length - left.name.length);
  for (const { id, name } of sorted) {
    if (name === "") continue;
    const wanted = `@${name}`;
    for (let at = body.indexOf(wanted); at >= 0; at = body.indexOf(wanted, at + 1)) {
      const to = at + wanted.length;
      if (/[\p{L}\p{N}]/u.test(body[to] ?? "")) continue;
      if (found.some((other) => at >= other.from && at < other.to)) continue;
      found.push({ id, from: at, to });
      break;
    }
  }
  return [...new Set(found.map((one) => one.id))].sort();
}

const SOUGHT = /(?:^|\s)@([^@\n]{0,40})$/;
const OFFERED_MAX = 5;

/** Return whom the name that is being written may mean; none while none is. */
export function offeredFor(body: string, people: readonly Nameable[]): Nameable[] {
  const sought = SOUGHT.exec(body)?.[1];
  if (sought === undefined) return [];
  const wanted = plain(sought.trim());
  // A whole name, and more after it: the sentence goes on.
  if (people.some((one) => sought.startsWith(`${one.name} `))) return [];
  return people
    .filter(
      (one) =>
        plain(one.name)
          .split(/\s+/)
          .some((part) => part.startsWith(wanted)) || plain(one.name).startsWith(wanted),
    )
    .slice(0, OFFERED_MAX);
}

/** Put a name where the beginning of it stands. */
export function withMention(body: string, name: string): string {
  return SOUGHT.test(body)
    ? body.replace(/@[^@\n]{0,40}$/, `@${name} `)
    : `${body}${body === "" || /\s$/.test(body) ? "" : " "}@${name} `;
}
