/** The order in which people look for what bears a code: the second before the tenth. */

// Made once: to make one for each comparison takes far longer than to compare.
const CODES = new Intl.Collator("fr", { numeric: true });

interface Coded {
  code?: string | null;
}

export function byCode(left: Coded, right: Coded): number {
  return CODES.compare(left.code ?? "", right.code ?? "");
}
