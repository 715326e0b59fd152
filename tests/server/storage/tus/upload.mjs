// Uploads one file with tus-js-client, as a page or an app would; prints one line a result.
// Settings come as JSON in the first argument.
import { createRequire } from "node:module";
import { openSync, createReadStream, readFileSync, writeFileSync, existsSync } from "node:fs";

const settings = JSON.parse(process.argv[2]);
const tus = createRequire(settings.packages + "/")("tus-js-client");

// The address of an upload under way, kept in a file: what a browser keeps in its storage.
const known = existsSync(settings.memory) ? readFileSync(settings.memory, "utf-8") : null;
let retries = 0;

const upload = new tus.Upload(createReadStream(settings.file), {
  endpoint: settings.endpoint,
  uploadUrl: known,
  uploadSize: settings.size,
  chunkSize: settings.chunk,
  retryDelays: settings.delays,
  uploadDataDuringCreation: settings.during,
  metadata: settings.metadata,
  headers: { authorization: `Bearer ${settings.token}` },
  onShouldRetry: (error) => {
    retries += 1;
    const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
    return status === 0 || status >= 500 || status === 409 || status === 423;
  },
  onUploadUrlAvailable: () => writeFileSync(settings.memory, upload.url),
  onError: (error) => {
    console.log(JSON.stringify({ done: false, retries, error: String(error) }));
    process.exit(1);
  },
  onSuccess: () => {
    console.log(JSON.stringify({ done: true, retries, url: upload.url }));
    process.exit(0);
  },
});
upload.start();
