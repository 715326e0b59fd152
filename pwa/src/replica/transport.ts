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
/** How long the server may say nothing. A link that is slow, but moves, is waited for. */
const SILENCE_MS_MAX = 60_000;
/** What is sent must get through at this pace: a request cannot be watched while it goes. */
const BYTES_PER_MS_MIN = 1;
/** Smaller bodies go as they are. */
const PACKED_BYTES_MIN = 1_000;

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
    (await send(tokens, path, { method: "POST", body: await packed(encode(body)) })) as T;
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

interface Body {
  bytes: Uint8Array<ArrayBuffer>;
  gzip: boolean;
}

interface Request {
  method: string;
  body?: Body;
}

/** An answer, whole. */
interface Answered {
  ok: boolean;
  status: number;
  headers: Headers;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Compress what is worth it: a bad link carries a fifth of it. */
async function packed(bytes: Uint8Array<ArrayBuffer>): Promise<Body> {
  if (bytes.length < PACKED_BYTES_MIN) return { bytes, gzip: false };
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return { bytes: new Uint8Array(await new Response(stream).arrayBuffer()), gzip: true };
}

async function send(tokens: TokenSource, path: string, request: Request): Promise<unknown> {
  const token = await tokens.token();
  const answer = await attempt(path, request, token);
  if (answer.status !== 401) return read(answer);
  return read(await attempt(path, request, await tokens.renew(token)));
}

async function attempt(path: string, { method, body }: Request, token: string): Promise<Answered> {
  const headers: Record<string, string> = {
    accept: MESSAGEPACK,
    authorization: `Bearer ${token}`,
  };
  if (body !== undefined) headers["content-type"] = MESSAGEPACK;
  if (body?.gzip) headers["content-encoding"] = "gzip";
  const silence = new Silence(SILENCE_MS_MAX + (body?.bytes.length ?? 0) / BYTES_PER_MS_MIN);
  try {
    const response = await fetch(path, {
      method,
      ...(body === undefined ? {} : { body: body.bytes }),
      headers,
      cache: "no-store",
      signal: silence.signal,
    });
    const { ok, status } = response;
    return { ok, status, headers: response.headers, bytes: await bodyOf(response, silence) };
  } catch (error) {
    throw new TransportError("the server was not reached, or broke off", { cause: error });
  } finally {
    silence.over();
  }
}

/** Aborts a request once nothing has come for too long. */
class Silence {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout>;
  readonly signal = this.controller.signal;

  constructor(milliseconds: number) {
    this.timer = setTimeout(() => this.controller.abort(), milliseconds);
  }

  heard(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(), SILENCE_MS_MAX);
  }

  over(): void {
    clearTimeout(this.timer);
  }
}

async function bodyOf(response: Response, silence: Silence): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body?.getReader();
  for (;;) {
    silence.heard();
    const piece = await reader?.read();
    if (piece?.value === undefined) break;
    pieces.push(piece.value);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** Return the body of an answer. Throws what the catalogue says of a refusal. */
function read(response: Answered): unknown {
  const { bytes } = response;
  if (response.ok) return bytes.length === 0 ? null : decoded(response, bytes);
  const problem = asProblem(response, bytes);
  if (problem === null) {
    throw withRetry(new TransportError(`the server answered ${response.status}`), response);
  }
  if (response.status === 401) throw new LoginNeededError(problem.code);
  throw withRetry(new RefusedByServerError(problem), response);
}

function decoded(response: Answered, bytes: Uint8Array): unknown {
  try {
    const type = response.headers.get("content-type") ?? "";
    if (type.includes("msgpack")) return decode(bytes);
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new TransportError("the answer could not be read", { cause: error });
  }
}

function asProblem(response: Answered, bytes: Uint8Array): Problem | null {
  try {
    const found = decoded(response, bytes) as Problem | null;
    return typeof found?.code === "string" ? found : null;
  } catch {
    // A proxy's own page is no problem document; its status is told instead.
    return null;
  }
}

function withRetry<E extends TransportError>(error: E, response: Answered): E {
  const seconds = Number(response.headers.get("retry-after"));
  if (Number.isFinite(seconds) && seconds > 0) error.retryAfterSeconds = seconds;
  return error;
}
