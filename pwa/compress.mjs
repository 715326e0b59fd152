/** Lays a Brotli and a gzip copy beside each file of a build: `node compress.mjs DIRECTORY`. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const PACKED = /\.(js|css|html|svg|webmanifest|json)$/;
const SMALL_BYTES = 1_000;

const directory = process.argv[2];
if (directory === undefined) throw new Error("name the directory of the build");
for (const name of readdirSync(directory, { recursive: true, encoding: "utf-8" })) {
  if (!PACKED.test(name)) continue;
  const path = join(directory, name);
  const plain = readFileSync(path);
  if (plain.length < SMALL_BYTES) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(plain, { params }));
  writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
}
