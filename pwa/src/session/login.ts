/** Log in: the one thing that needs a link. Afterwards the device works for weeks without one. */

import type { Problem } from "../engine/changes";
import { ReplicaDatabase } from "../replica/database";
import { DEVICE_SOURCES, ensureIdentity } from "../replica/identity";
import {
  type Account,
  DEVICE_ID,
  device,
  isExhausted,
  seal,
  setSetting,
  setting,
  WIPED,
} from "./device";
import { keepAccess } from "./tokens";

declare const __APP_VERSION__: string;

export interface LoginForm {
  login: string;
  password: string;
  code?: string;
  deviceName: string;
  /** Of a password that was just set: strangers' attempts do not slow this login. */
  knownDevice?: string;
}

/** Who enters, on what. */
export interface Entering {
  login: string;
  deviceName: string;
  /** What the person is called, where that is known already. */
  name?: string;
}

interface SessionTokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
  device: string;
  person: string;
  /** A PIN set before this moment is void. */
  pin_reset_at?: number | null;
}

export interface LoginAnswer {
  status: "open" | "code_required" | "enrolment_required";
  session?: SessionTokens;
  known_device?: string;
  ticket?: string;
}

export type LoginOutcome =
  | { status: "open"; account: Account }
  | { status: "code_required" }
  | { status: "enrolment_required"; ticket: string }
  | { status: "refused"; problem: Problem; retryAfterSeconds: number | null }
  | { status: "unreachable" };

export function databaseName(person: string): string {
  return `derrick-${person}`;
}

/** What the server says to a request that nobody is logged in for. */
export type Answer<T> =
  | { status: "done"; body: T }
  | { status: "refused"; problem: Problem; retryAfterSeconds: number | null }
  | { status: "unreachable" };

export async function postOpenly<T>(path: string, body: unknown): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      cache: "no-store",
      credentials: "omit",
      body: JSON.stringify(body),
    });
  } catch {
    return { status: "unreachable" };
  }
  if (response.status >= 500) return { status: "unreachable" };
  if (response.ok) return { status: "done", body: (await response.json()) as T };
  const retry = Number(response.headers.get("retry-after"));
  return {
    status: "refused",
    problem: (await response.json()) as Problem,
    retryAfterSeconds: retry > 0 ? retry : null,
  };
}

/** What this device says of itself at a login; the server knows it again by its id. */
export async function deviceClaim(name: string, known?: string) {
  const id = known ?? (await setting<string>(DEVICE_ID));
  return {
    name,
    platform: platform(),
    app_version: __APP_VERSION__,
    ...(id === undefined ? {} : { id }),
  };
}

/** Log in, and make the person's replica on this device. */
export async function logIn(form: LoginForm): Promise<LoginOutcome> {
  const known = await device.accounts.filter((one) => one.login === form.login).first();
  const proof = form.knownDevice ?? known?.knownDevice;
  const answer = await postOpenly<LoginAnswer>("/api/users/login", {
    login: form.login,
    password: form.password,
    device: await deviceClaim(form.deviceName, known?.device),
    ...(form.code === undefined ? {} : { code: form.code }),
    ...(proof === undefined ? {} : { known_device: proof }),
  });
  return answer.status === "done" ? entered(form, answer.body) : answer;
}

/** Open the account where a login came to a session; else say what is still asked for. */
export async function entered(form: Entering, answer: LoginAnswer): Promise<LoginOutcome> {
  if (answer.status === "code_required") return { status: "code_required" };
  if (answer.session === undefined) {
    return { status: "enrolment_required", ticket: answer.ticket ?? "" };
  }
  return { status: "open", account: await openAccount(form, answer.session, answer.known_device) };
}

async function openAccount(
  form: Entering,
  session: SessionTokens,
  knownDevice: string | undefined,
): Promise<Account> {
  const before = await device.accounts.get(session.person);
  const resetAt = session.pin_reset_at ?? 0;
  const keepsPin = before?.pin !== undefined && !isExhausted(before) && before.pin.setAt > resetAt;
  const account: Account = {
    ...(keepsPin ? { pin: before.pin } : {}),
    ...(knownDevice === undefined ? {} : { knownDevice }),
    person: session.person,
    name: form.name ?? before?.name ?? form.login,
    login: form.login,
    device: session.device,
    deviceName: form.deviceName,
    refreshToken: await seal(session.refresh_token),
    lastUsedAt: Date.now(),
  };
  await device.accounts.put(account);
  await setSetting(DEVICE_ID, session.device);
  await device.settings.delete(WIPED);
  keepAccess(session.person, session.access_token, session.expires_in);
  const database = new ReplicaDatabase(databaseName(session.person));
  await ensureIdentity(database, DEVICE_SOURCES, {
    person: session.person,
    name: form.deviceName,
  });
  database.close();
  return account;
}

export function platform(): string {
  const agent = navigator.userAgent;
  for (const name of ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"]) {
    if (agent.includes(name)) return name;
  }
  return "";
}
