/**
 * The lane of files: one at a time, resumed where it stopped, and never before the row that names
 * the file. Rows never wait for it.
 */

import { Upload } from "tus-js-client";
import type { ReplicaDatabase, StoredBlob } from "../replica/database";
import type { TokenSource } from "../replica/transport";

const PART_BYTES = 512 * 1024;
const ENDPOINT = "/api/storage/uploads";

/** Upload the files whose rows the server has; stop at the first that fails. */
export async function uploadFiles(
  database: ReplicaDatabase,
  tokens: TokenSource,
  signal: AbortSignal,
): Promise<void> {
  const waiting = await database.blobs.where("purpose").equals("upload").sortBy("madeAt");
  for (const file of waiting) {
    if (signal.aborted) return;
    // Its row is on the server once it has come back from there.
    if ((await database.rows.get(file.id)) === undefined) continue;
    await upload(database, file, tokens, signal);
    await database.blobs.update(file.id, { purpose: "offline", sentBytes: file.blob.size });
  }
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
    signal.addEventListener("abort", () => void sending.abort().then(() => resolve()), {
      once: true,
    });
    sending.start();
  });
}
