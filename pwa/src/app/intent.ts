/** The name of a user action, as its change set bears it. */

import type { IntentWords } from "../locales/intents/fr";

/** Every intent that the app writes has its words in `locales/intents`; there alone it is declared. */
export type Intent = {
  [Group in keyof IntentWords]: `${Group}.${keyof IntentWords[Group] & string}`;
}[keyof IntentWords];
