/**
 * What this device knows of the people who work on it: who they are, their session, their PIN.
 *
 * Refresh tokens are kept sealed with a key that no script can read out (a non-extractable
 * CryptoKey): a copy of the browser's files alone opens no session. The PIN locks the screen of a
 * shared tablet; it never leaves the device and opens nothing on the server.
 */

import Dexie, { type EntityTable } from "dexie";

export interface Account {
  person: string;
  name: string;
  login: string;
  /** The device's id as the server gave it. */
  device: string;
  deviceName: string;
  /** Given at a login: the next login here is not slowed by others' attempts. */
  knownDevice?: string;
  refreshToken?: SealedText;
  /** Set once the server has revoked this device: the work is handed in, then all is erased. */
  revoked?: boolean;
  /** The moment until which the session asks for a one-time code: the role has come to need them. */
  proveBy?: number;
  pin?: StoredPin;
  lastUsedAt: number;
}

export interface SealedText {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

interface StoredPin {
  salt: Uint8Array<ArrayBuffer>;
  hash: ArrayBuffer;
  iterations: number;
  setAt: number;
  failures: number;
  /** No attempt is looked at before this moment. */
  closedUntil: number;
}

export interface WipedNotice {
  at: number;
  deviceName: string;
  /** Entries that were handed in, and wait for a supervisor. */
  handedIn: number;
}

interface Setting {
  name: string;
  value: unknown;
}

/**
 * The server's id of this device, the same for all who work on it. It outlives a wipe: the server
 * then knows the device that comes back.
 */
export const DEVICE_ID = "device-id";
/** Why the device is empty, a WipedNotice; kept until somebody works here again. */
export const WIPED = "wiped";
const SEALING_KEY = "sealing-key";
const PIN_ITERATIONS = 310_000;
const PIN_FREE_FAILURES = 4;
const PIN_PAUSE_MS = 15_000;
/** Wrong PINs in a row after which only a login opens the account. */
const PIN_FAILURES_MAX = 10;

export class DeviceDatabase extends Dexie {
  declare accounts: EntityTable<Account, "person">;
  declare settings: EntityTable<Setting, "name">;

  constructor(name = "derrick-device") {
    super(name, { chromeTransactionDurability: "strict" });
    this.version(1).stores({ accounts: "person", settings: "name" });
  }
}

export const device = new DeviceDatabase();

export async function setting<T>(name: string): Promise<T | undefined> {
  return (await device.settings.get(name))?.value as T | undefined;
}

export async function setSetting(name: string, value: unknown): Promise<void> {
  await device.settings.put({ name, value });
}

/** Forget a person who worked here; with the last of them goes the key that sealed their sessions. */
export async function forgetAccount(person: string): Promise<void> {
  await device.transaction("rw", device.accounts, device.settings, async () => {
    await device.accounts.delete(person);
    if ((await device.accounts.count()) === 0) await device.settings.delete(SEALING_KEY);
  });
}

async function sealingKey(): Promise<CryptoKey> {
  const known = await setting<CryptoKey>(SEALING_KEY);
  if (known !== undefined) return known;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  // Two tabs may make one at the same time: the one that is stored first counts.
  return device.transaction("rw", device.settings, async () => {
    const first = await device.settings.get(SEALING_KEY);
    if (first !== undefined) return first.value as CryptoKey;
    await device.settings.put({ name: SEALING_KEY, value: made });
    return made;
  });
}

export async function seal(text: string): Promise<SealedText> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const key = await sealingKey();
  const data = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv },
    key,
    new TextEncoder().encode(text),
  );
  return { iv, data };
}

export async function unseal(sealed: SealedText): Promise<string> {
  const key = await sealingKey();
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, key, sealed.data);
  return new TextDecoder().decode(plain);
}

// PIN

async function pinHash(
  pin: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<ArrayBuffer> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, [
    "deriveBits",
  ]);
  return crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256);
}

export async function setPin(person: string, pin: string): Promise<void> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = await pinHash(pin, salt, PIN_ITERATIONS);
  await device.accounts.update(person, {
    pin: {
      salt,
      hash,
      iterations: PIN_ITERATIONS,
      setAt: Date.now(),
      failures: 0,
      closedUntil: 0,
    },
  });
}

export type PinOutcome =
  | { opened: true }
  /** `exhausted`: tried too often, the PIN is void. */
  | { opened: false; waitMs: number; exhausted: boolean };

/** Whether only a login opens the account: its PIN was tried too often. */
export function isExhausted(account: Account): boolean {
  return (account.pin?.failures ?? 0) >= PIN_FAILURES_MAX;
}

/** Check a PIN; after some wrong ones each attempt has to wait, and in the end none is looked at. */
export async function checkPin(person: string, pin: string): Promise<PinOutcome> {
  const stored = (await device.accounts.get(person))?.pin;
  if (stored === undefined) return { opened: true };
  if (stored.failures >= PIN_FAILURES_MAX) return { opened: false, waitMs: 0, exhausted: true };
  const wait = stored.closedUntil - Date.now();
  if (wait > 0) return { opened: false, waitMs: wait, exhausted: false };
  const hash = new Uint8Array(await pinHash(pin, stored.salt, stored.iterations));
  const known = new Uint8Array(stored.hash);
  const right = hash.every((byte, at) => byte === known[at]);
  const failures = right ? 0 : stored.failures + 1;
  const pause = failures > PIN_FREE_FAILURES ? PIN_PAUSE_MS * (failures - PIN_FREE_FAILURES) : 0;
  const closedUntil = pause === 0 ? 0 : Date.now() + pause;
  await device.accounts.update(person, { pin: { ...stored, failures, closedUntil } });
  if (right) return { opened: true };
  return { opened: false, waitMs: pause, exhausted: failures >= PIN_FAILURES_MAX };
}
