/** The bytes of versions: from this device, else from the server, going on where a cut left them. */

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { ReplicaDatabase } from "../replica/database";
import { type TokenSource, TransportError } from "../replica/transport";

/** What is put aside at a time: a closed app loses no more. */
const KEPT_BYTES = 8_000_000;
/** A link that says nothing for so long is dead. */
const SILENCE_MS = 60_000;

/** What arrived is not what the server says it keeps. */
export class DamagedError extends Error {
  override name = "DamagedError";
}

export interface Source {
  version: string;
  name: string;
  type: string;
  bytes: number;
  /** As the server counted it; null while nobody has. */
  sha256: string | null;
}

/** Return a version's bytes as this device holds them. */
export async function heldHere(database: ReplicaDatabase, version: string): Promise<Blob | null> {
  const kept = await database.blobs.get(version);
  return kept === undefined || kept.purpose === "fetching" ? null : kept.blob;
}

/** Fetch a version and keep it; what came before a cut is kept too, and the next call goes on. */
export async function fetchAndKeep(
  database: ReplicaDatabase,
  tokens: TokenSource,
  source: Source,
  signal?: AbortSignal,
): Promise<Blob> {
  const here = await heldHere(database, source.version);
  if (here !== null) return here;
  const part = await database.blobs.get(source.version);
  let pieces: Blob = part?.blob ?? new Blob([], { type: source.type });
  const keep = async (purpose: "fetching" | "offline"): Promise<void> => {
    const { version, name, type } = source;
    const kept = { id: version, name, type, blob: pieces, madeAt: Date.now() };
    // Nothing of it was sent from here: it is no copy that goes first where room is short.
    await database.blobs.put({ ...kept, purpose, sentBytes: 0 });
  };
  let unkept = 0;
  try {
    for await (const piece of piecesOf(tokens, source, pieces.size, signal)) {
      // The server may give it whole where a part was asked for: the file is another now.
      pieces = new Blob(piece.afresh ? [piece.bytes] : [pieces, piece.bytes], {
        type: source.type,
      });
      unkept += piece.bytes.byteLength;
      if (unkept >= KEPT_BYTES) {
        await keep("fetching");
        unkept = 0;
      }
    }
  } catch (error) {
    if (unkept > 0) await keep("fetching");
    throw error;
  }
  if (source.sha256 !== null && (await hashOf(pieces)) !== source.sha256) {
    await database.blobs.delete(source.version);
    throw new DamagedError(source.name);
  }
  await keep("offline");
  return pieces;
}

interface Piece {
  bytes: Uint8Array<ArrayBuffer>;
  afresh: boolean;
}

async function* piecesOf(
  tokens: TokenSource,
  source: Source,
  from: number,
  signal?: AbortSignal,
): AsyncGenerator<Piece> {
  if (from > 0 && from >= source.bytes) return;
  const silence = new AbortController();
  const ends = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const response = await ask(tokens, source, from, ends);
    let afresh = from > 0 && response.status === 200;
    const reader = response.body?.getReader();
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      yield { bytes: value, afresh };
      afresh = false;
    }
  } catch (error) {
    if (error instanceof TransportError) throw error;
    throw new TransportError("the link broke", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function ask(
  tokens: TokenSource,
  source: Source,
  from: number,
  signal: AbortSignal,
): Promise<Response> {
  const path = `/api/storage/versions/${source.version}/content`;
  const attempt = async (token: string): Promise<Response> =>
    fetch(path, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(from === 0 ? {} : { range: `bytes=${from}-` }),
        ...(from === 0 || source.sha256 === null ? {} : { "if-range": `"${source.sha256}"` }),
      },
      cache: "no-store",
      signal,
    });
  const token = await tokens.token();
  let response = await attempt(token);
  if (response.status === 401) response = await attempt(await tokens.renew(token));
  if (!response.ok) throw new TransportError(`the server answered ${response.status}`);
  return response;
}

/** Count a file's SHA-256 piece by piece: it need not fit into memory. */
export async function hashOf(blob: Blob): Promise<string> {
  const counted = sha256.create();
  const reader = blob.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytesToHex(counted.digest());
    counted.update(value);
  }
}
