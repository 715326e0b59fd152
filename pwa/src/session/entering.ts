/** Ways in besides a password: an invitation, a new password, one-time codes that a role asks for. */

import {
  type Answer,
  deviceClaim,
  entered,
  type LoginAnswer,
  type LoginOutcome,
  logIn,
  postOpenly,
} from "./login";

/** What opens an invitation or a new password: a link's token, or a login with the code told for it. */
export type Key = { token: string } | { login: string; code: string };

/** As `POST /api/users/invitations/look` answers. */
export interface InvitationShown {
  login: string;
  name: string;
  role: string;
  language: "fr" | "en" | null;
  projects: number;
}

export function lookAtInvitation(key: Key): Promise<Answer<InvitationShown>> {
  return postOpenly("/api/users/invitations/look", key);
}

/** Accept an invitation with a password of one's own: this is the first login too. */
export async function acceptInvitation(
  key: Key,
  form: { login: string; name: string; password: string; deviceName: string; language: string },
): Promise<LoginOutcome> {
  const answer = await postOpenly<LoginAnswer>("/api/users/invitations/accept", {
    ...key,
    name: form.name,
    password: form.password,
    language: form.language,
    device: await deviceClaim(form.deviceName),
  });
  return answer.status === "done" ? entered(form, answer.body) : answer;
}

/** Set a new password, and log in with it: whoever opened the letter is in. */
export async function setPassword(
  key: Key,
  form: { password: string; deviceName: string },
): Promise<{ login: string; outcome: LoginOutcome }> {
  const answer = await postOpenly<{ login: string; known_device: string }>(
    "/api/users/password-resets/confirm",
    { ...key, password: form.password },
  );
  if (answer.status !== "done") return { login: "login" in key ? key.login : "", outcome: answer };
  const { login, known_device: knownDevice } = answer.body;
  return { login, outcome: await logIn({ ...form, login, knownDevice }) };
}

/** Ask for a letter with a link that sets a new password. */
export function askForLetter(login: string): Promise<Answer<unknown>> {
  return postOpenly("/api/users/password-resets", { login });
}

/** What an authenticator app is given, as the server drew it. */
export interface Enrolment {
  secret: string;
  uri: string;
  qr_svg: string;
}

/** Begin one-time codes with the ticket of a login that asked for them. */
export function beginCodes(ticket: string): Promise<Answer<Enrolment>> {
  return postOpenly("/api/users/one-time-codes", { ticket });
}

/** Show the first code: one-time codes are on, and the login that waited for them is done. */
export async function confirmCodes(
  ticket: string,
  code: string,
  form: { login: string; deviceName: string },
): Promise<{ recoveryCodes: string[]; outcome: LoginOutcome }> {
  const answer = await postOpenly<{ recovery_codes: string[]; login?: LoginAnswer }>(
    "/api/users/one-time-codes/confirm",
    { ticket, code, device: await deviceClaim(form.deviceName) },
  );
  if (answer.status !== "done") return { recoveryCodes: [], outcome: answer };
  const { recovery_codes: recoveryCodes, login } = answer.body;
  if (login === undefined) return { recoveryCodes, outcome: { status: "unreachable" } };
  return { recoveryCodes, outcome: await entered(form, login) };
}
