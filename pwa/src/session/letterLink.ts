/** The links of letters: an invitation, or a new password. */

/** What a letter's link brings: its token stands behind the `#`, which no server's log ever sees. */
export interface LetterLink {
  kind: "invitation" | "reset";
  token: string;
}

/** Return the letter's link that an address is, or null. */
export function letterLinkOf(path: string, hash: string): LetterLink | null {
  const kind = path.replace(/^\/|\/$/g, "");
  const token = hash.replace(/^#/, "");
  if ((kind !== "invitation" && kind !== "reset") || token === "") return null;
  return { kind, token };
}
