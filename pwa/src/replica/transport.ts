/** The way to the server: MessagePack over fetch, with the session's token. */

import { decode, encode } from "@msgpack/msgpack";
import type {
  Problem,
  PullRequest,
  PullResponse,
  PushRequest,
  PushResponse,
  Registered,
  SnapshotPage,
} from "../engine/changes";
import { PROTOCOL_VERSION } from "../generated/tables";

const MESSAGEPACK = "application/msgpack";
const TIMEOUT_MS = 60_000;

/** The server could not be reached, or not understood: what was not sent goes on waiting. */
export class TransportError extends Error {
  override name = "TransportError";
  retryAfterSeconds: number | null = null;
}

/** A person has to log in; nothing is dropped for it. */
export class LoginNeededError extends TransportError {
  override name = "LoginNeededError";
}

/** The server refused a whole request. */
export class RefusedByServerError extends TransportError {
  override name = "RefusedByServerError";
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

/** Gives the access token that a request carries, and another when the server refused it. */
export interface TokenSource {
  token: () => Promise<string>;
  renew: (refused: string) => Promise<string>;
}

export interface Transport {
  register: (replica: string, name: string) => Promise<Registered>;
  push: (request: PushRequest) => Promise<PushResponse>;
  pull: (request: PullRequest) => Promise<PullResponse>;
  snapshotPage: (snapshot: string, page: number) => Promise<SnapshotPage>;
  liveTicket: () => Promise<string>;
  reportWiped: (replicas: string[]) => Promise<void>;
}

export interface About {
  platform: string;
  appVersion: string;
}

/** Open the way to a server. */
export function httpTransport(tokens: TokenSource, about: About): Transport {
  const post = async <T>(path: string, body: unknown): Promise<T> =>
    (await send(tokens, path, { method: "POST", body: encode(body) })) as T;
  return {
    register: (replica, name) =>
      post("/api/sync/replicas", {
        replica,
        name,
        platform: about.platform,
        app_version: about.appVersion,
        protocol: PROTOCOL_VERSION,
      }),
    push: (request) => post("/api/sync/push", request),
    pull: (request) => post("/api/sync/pull", request),
    snapshotPage: async (snapshot, page) =>
      (await send(tokens, `/api/sync/snapshots/${snapshot}/${page}`, {
        method: "GET",
      })) as SnapshotPage,
    liveTicket: async () => (await post<{ ticket: string }>("/api/sync/live-ticket", {})).ticket,
    reportWiped: async (replicas) => {
      await post("/api/users/devices/wiped", { replicas });
    },
  };
}

async function send(
  tokens: TokenSource,
  path: string,
  request: { method: string; body?: Uint8Array<ArrayBuffer> },
): Promise<unknown> {
  const token = await tokens.token();
  const response = await attempt(path, request, token);
  if (response.status !== 401) return read(response);
  return read(await attempt(path, request, await tokens.renew(token)));
}

async function attempt(
  path: string,
  request: { method: string; body?: Uint8Array<ArrayBuffer> },
  token: string,
): Promise<Response> {
  const headers: Record<string, string> = {
    accept: MESSAGEPACK,
    authorization: `Bearer ${token}`,
  };
  if (request.body !== undefined) headers["content-type"] = MESSAGEPACK;
  try {
    return await fetch(path, {
      ...request,
      headers,
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new TransportError("the server was not reached", { cause: error });
  }
}

/** Return the body of an answer. Throws what the catalogue says of a refusal. */
async function read(response: Response): Promise<unknown> {
  const bytes = new Uint8Array(await bodyOf(response));
  if (response.ok) return bytes.length === 0 ? null : decoded(response, bytes);
  const problem = asProblem(response, bytes);
  if (problem === null) {
    throw withRetry(new TransportError(`the server answered ${response.status}`), response);
  }
  if (response.status === 401) throw new LoginNeededError(problem.code);
  throw withRetry(new RefusedByServerError(problem), response);
}

async function bodyOf(response: Response): Promise<ArrayBuffer> {
  try {
    return await response.arrayBuffer();
  } catch (error) {
    throw new TransportError("the answer was cut", { cause: error });
  }
}

function decoded(response: Response, bytes: Uint8Array): unknown {
  try {
    const type = response.headers.get("content-type") ?? "";
    if (type.includes("msgpack")) return decode(bytes);
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new TransportError("the answer could not be read", { cause: error });
  }
}

function asProblem(response: Response, bytes: Uint8Array): Problem | null {
  try {
    const found = decoded(response, bytes) as Problem | null;
    return typeof found?.code === "string" ? found : null;
  } catch {
    // A proxy's own page is no problem document; its status is told instead.
    return null;
  }
}

function withRetry<E extends TransportError>(error: E, response: Response): E {
  const seconds = Number(response.headers.get("retry-after"));
  if (Number.isFinite(seconds) && seconds > 0) error.retryAfterSeconds = seconds;
  return error;
}
