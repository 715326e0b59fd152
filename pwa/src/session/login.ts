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

interface LoginAnswer {
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

/** Log in, and make the person's replica on this device. */
export async function logIn(form: LoginForm): Promise<LoginOutcome> {
  const known = await device.accounts.filter((one) => one.login === form.login).first();
  const here = known?.device ?? (await setting<string>(DEVICE_ID));
  let response: Response;
  try {
    response = await fetch("/api/users/login", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      credentials: "omit",
      body: JSON.stringify({
        login: form.login,
        password: form.password,
        device: {
          name: form.deviceName,
          platform: platform(),
          app_version: __APP_VERSION__,
          ...(here === undefined ? {} : { id: here }),
        },
        ...(form.code === undefined ? {} : { code: form.code }),
        ...(known?.knownDevice === undefined ? {} : { known_device: known.knownDevice }),
      }),
    });
  } catch {
    return { status: "unreachable" };
  }
  if (response.status >= 500) return { status: "unreachable" };
  if (!response.ok) {
    const retry = Number(response.headers.get("retry-after"));
    return {
      status: "refused",
      problem: (await response.json()) as Problem,
      retryAfterSeconds: retry > 0 ? retry : null,
    };
  }
  const answer = (await response.json()) as LoginAnswer;
  if (answer.status === "code_required") return { status: "code_required" };
  if (answer.session === undefined) {
    return { status: "enrolment_required", ticket: answer.ticket ?? "" };
  }
  return { status: "open", account: await openAccount(form, answer.session, answer.known_device) };
}

export interface NewPassword {
  password: string;
  /** Of a link; else the login and the code that was told for it. */
  token?: string;
  login?: string;
  code?: string;
}

export type NewPasswordOutcome =
  | { status: "set"; login: string }
  | { status: "refused"; problem: Problem }
  | { status: "unreachable" };

/** Set a first or a new password, with a code or a link. */
export async function setPassword(wanted: NewPassword): Promise<NewPasswordOutcome> {
  let response: Response;
  try {
    response = await fetch("/api/users/password-resets/confirm", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      credentials: "omit",
      body: JSON.stringify(wanted),
    });
  } catch {
    return { status: "unreachable" };
  }
  if (response.status >= 500) return { status: "unreachable" };
  if (!response.ok) return { status: "refused", problem: (await response.json()) as Problem };
  return { status: "set", login: ((await response.json()) as { login: string }).login };
}

async function openAccount(
  form: LoginForm,
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
    name: before?.name ?? form.login,
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
