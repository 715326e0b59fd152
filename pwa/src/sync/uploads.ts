/**
 * The lane of files: one at a time, resumed where it stopped, and never before the row that names
 * the file. Rows never wait for it.
 */

import { DetailedError, Upload } from "tus-js-client";
import type { ReplicaDatabase, StoredBlob } from "../replica/database";
import type { TokenSource } from "../replica/transport";

const PART_BYTES = 512 * 1024;
const ENDPOINT = "/api/storage/uploads";

/** What a refusal of the request itself is not: the same file may well go later. */
const PASSING = [401, 403, 408, 409, 423, 425, 429];

/**
 * Upload the files whose rows the server has. One that the server refuses keeps its reason and holds
 * up no other; a broken link ends it all. Throws what broke it.
 */
export async function uploadFiles(
  database: ReplicaDatabase,
  tokens: TokenSource,
  signal: AbortSignal,
): Promise<void> {
  const waiting = await database.blobs.where("purpose").equals("upload").sortBy("madeAt");
  for (const file of waiting) {
    if (signal.aborted) return;
    // Its row is on the server once it has come back from there.
    const row = await database.rows.get(file.id);
    if (row === undefined) continue;
    try {
      // The server may have settled it already: it holds the bytes, or will never take them.
      if ((row.values.state ?? "waiting") === "waiting") {
        await upload(database, file, tokens, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isRefusal(error)) throw error;
      continue;
    }
    await database.blobs
      .where("id")
      .equals(file.id)
      .modify((one) => {
        one.purpose = "offline";
        one.sentBytes = one.blob.size;
        delete one.trouble;
      });
  }
}

function isRefusal(error: unknown): boolean {
  const status = error instanceof DetailedError ? error.originalResponse?.getStatus() : undefined;
  return status !== undefined && status >= 400 && status < 500 && !PASSING.includes(status);
}

function upload(
  database: ReplicaDatabase,
  file: StoredBlob,
  tokens: TokenSource,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = new Upload(file.blob, {
      endpoint: ENDPOINT,
      ...(file.uploadUrl === undefined ? {} : { uploadUrl: file.uploadUrl }),
      metadata: { version: file.id, id: file.id, filename: file.name, filetype: file.type },
      chunkSize: PART_BYTES,
      retryDelays: [0, 1_000, 5_000],
      storeFingerprintForResuming: false,
      removeFingerprintOnSuccess: false,
      onBeforeRequest: async (request) => {
        request.setHeader("Authorization", `Bearer ${await tokens.token()}`);
      },
      onUploadUrlAvailable: () => {
        if (sending.url !== null) void database.blobs.update(file.id, { uploadUrl: sending.url });
      },
      onChunkComplete: (_part, accepted) => {
        void database.blobs.update(file.id, { sentBytes: accepted });
      },
      onError: (error) => {
        void database.blobs.update(file.id, { trouble: error.message });
        reject(error);
      },
      onSuccess: () => resolve(),
    });
    signal.addEventListener("abort", () => void sending.abort().then(() => reject(signal.reason)), {
      once: true,
    });
    sending.start();
  });
}
