/** A request in the person's name: with their token, renewed once where the server refused it. */

import { LoginNeededError, TransportError } from "../replica/transport";
import { tokensOf } from "../session/tokens";

const TIMEOUT_MS = 30_000;

export async function fetchAs(
  person: string,
  path: string,
  request: RequestInit = {},
): Promise<Response> {
  const tokens = tokensOf(person);
  const token = await tokens.token();
  let response = await attempt(path, token, request);
  if (response.status === 401) response = await attempt(path, await tokens.renew(token), request);
  if (response.status === 401) throw new LoginNeededError("the session has ended");
  return response;
}

async function attempt(path: string, token: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(path, {
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...request,
      headers: { accept: "application/json", ...request.headers, authorization: `Bearer ${token}` },
    });
  } catch (error) {
    throw new TransportError("the server was not reached", { cause: error });
  }
}
