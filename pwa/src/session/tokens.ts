/**
 * The tokens of one person's session on this device.
 *
 * A refresh token is good once. The new one is stored before the new access token is used; where
 * the answer is lost, the same token is sent again and gives the same next one. One tab at a time
 * refreshes (Web Locks), so that two tabs are never taken for a thief.
 */

import type { Problem } from "../engine/changes";
import { LoginNeededError, type TokenSource, TransportError } from "../replica/transport";
import { type Account, device, seal, unseal } from "./device";

interface Refreshed {
  access_token: string;
  refresh_token?: string | null;
  expires_in: number;
  prove_by?: number | null;
}

interface Access {
  token: string;
  expiresAt: number;
}

/** Renew this long before the token's end: clocks and links are slow. */
const MARGIN_MS = 30_000;

const ACCESS = new Map<string, Access>();

/** Remember the access token of a login. */
export function keepAccess(person: string, token: string, expiresInSeconds: number): void {
  ACCESS.set(person, { token, expiresAt: Date.now() + expiresInSeconds * 1000 });
}

export function forgetAccess(person: string): void {
  ACCESS.delete(person);
}

/** Return the source of a person's tokens, which renews them as needed. */
export function tokensOf(person: string): TokenSource {
  const renewed = (refused: string | null): Promise<string> =>
    navigator.locks.request(`derrick-refresh-${person}`, async () => {
      const known = ACCESS.get(person);
      // Another caller may have renewed it while this one waited.
      if (known !== undefined && known.token !== refused && fresh(known)) return known.token;
      return refresh(person);
    });
  return {
    token: async () => {
      const known = ACCESS.get(person);
      return known !== undefined && fresh(known) ? known.token : renewed(known?.token ?? null);
    },
    renew: (refused) => renewed(refused),
  };
}

function fresh(access: Access): boolean {
  return access.expiresAt - MARGIN_MS > Date.now();
}

async function refresh(person: string): Promise<string> {
  const account = await device.accounts.get(person);
  if (account?.refreshToken === undefined) throw new LoginNeededError("no session on this device");
  const refreshToken = await unseal(account.refreshToken);
  const handsOver = account.revoked === true;
  const path = handsOver ? "/api/users/session/hand-over" : "/api/users/session/refresh";
  const response = await ask(path, { refresh_token: refreshToken });
  if (response.status === 403 && !handsOver) {
    const problem = (await response.json()) as Problem;
    if (problem.code !== "device_revoked") throw new LoginNeededError(problem.code);
    // It is the device that was revoked: with everyone who works on it.
    await device.accounts.filter((one) => one.device === account.device).modify({ revoked: true });
    return refresh(person);
  }
  if (response.status === 401 || response.status === 403) {
    throw new LoginNeededError("the session has ended");
  }
  if (!response.ok) throw new TransportError(`the server answered ${response.status}`);
  const tokens = (await response.json()) as Refreshed;
  if (typeof tokens.refresh_token === "string") {
    await device.accounts.update(person, { refreshToken: await seal(tokens.refresh_token) });
  }
  await keepProveBy(account, tokens.prove_by ?? null);
  keepAccess(person, tokens.access_token, tokens.expires_in);
  return tokens.access_token;
}

/** Remember until when a code is asked for, or that none is any more. */
export async function keepProveBy(account: Account, proveBy: number | null): Promise<void> {
  if ((account.proveBy ?? null) === proveBy) return;
  await device.accounts
    .where("person")
    .equals(account.person)
    .modify((one) => {
      if (proveBy === null) delete one.proveBy;
      else one.proveBy = proveBy;
    });
}

async function ask(path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(30_000),
    });
  } catch (error) {
    throw new TransportError("the server was not reached", { cause: error });
  }
}
