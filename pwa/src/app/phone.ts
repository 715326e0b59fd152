/** Phone numbers as the server keeps them: E.164, with the country's code. */

const PUNCTUATION = /[\s.()/\u2010-\u2015-]/g;

/** Return a phone number as it is kept; null when it has no country code, or is none. */
export function phoneNumber(text: string): string | null {
  const digits = text.normalize("NFKC").trim().replace(PUNCTUATION, "").replace(/^00/, "+");
  return /^\+[1-9]\d{6,14}$/.test(digits) ? digits : null;
}
