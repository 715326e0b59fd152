/** Photos from the camera: scaled down off the screen, kept as bytes until they are uploaded. */

import type { ReplicaDatabase } from "../replica/database";
import { DEVICE_SOURCES, uuid7 } from "../replica/identity";

/** Long side of what is sent: a receipt stays readable, a bad link survives it. */
const LONG_SIDE = 1_920;
const QUALITY = 0.82;

/** Scale a picture down to JPEG; what cannot be decoded here is kept as it is. */
export async function scaled(file: Blob): Promise<Blob> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    // HEIC on a browser that cannot read it: the server takes the original.
    return file;
  }
  const factor = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
  const width = Math.round(picture.width * factor);
  const height = Math.round(picture.height * factor);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, width, height);
  picture.close();
  const small = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return small.size < file.size || factor < 1 ? small : file;
}

/** Keep a file for its upload; never under the camera's name, which repeats. */
export async function keepForUpload(
  database: ReplicaDatabase,
  blob: Blob,
  name: string,
): Promise<string> {
  const id = uuid7(DEVICE_SOURCES);
  await database.blobs.put({
    id,
    purpose: "upload",
    name,
    type: blob.type || "application/octet-stream",
    blob,
    madeAt: Date.now(),
    sentBytes: 0,
  });
  return id;
}
