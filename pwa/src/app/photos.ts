/** Photos and files: scaled down off the screen, kept as bytes until they are uploaded. */

import { HEAD_BYTES, readExif, type Taken } from "../documents/exif";
import { hashOf } from "../documents/fetching";
import type { ReplicaDatabase, StoredBlob } from "../replica/database";
import type { Edit } from "../replica/editing";
import { DEVICE_SOURCES, uuid7 } from "../replica/identity";
import { keeping } from "../replica/room";
import { setting } from "../session/device";

/** Long side of what is sent: a receipt stays readable, a bad link survives it. */
const LONG_SIDE = 1_920;
const QUALITY = 0.82;
/** Long side of a photo beside a name: under the server's 128 KiB, whatever is in it. */
const THUMBNAIL_SIDE = 320;

/** The setting by which this device's photos go as the camera took them. */
export const WHOLE_PHOTOS = "whole-photos";

/** A file that is kept on the device and not yet named by any row. */
export interface KeptFile {
  /** The id of the document version that its bytes will be. */
  version: string;
  name: string;
  bytes: number;
  sha256: string;
  /** Of a photo: when and where, as the camera wrote it. */
  taken?: Taken;
}

/**
 * Keep a photo for its upload, scaled down unless the person asks for originals. Scaling loses what
 * the camera wrote into it: when and where is read first, and goes with the document's row.
 */
export async function keepPhoto(
  database: ReplicaDatabase,
  photo: File,
  name: string,
): Promise<KeptFile> {
  const seen = readExif(await photo.slice(0, HEAD_BYTES).arrayBuffer());
  const whole = (await setting<boolean>(WHOLE_PHOTOS)) === true;
  const kept = await keepFile(database, whole ? photo : await scaled(photo), name);
  return { ...kept, taken: { taken_at: photo.lastModified, ...seen } };
}

/** Scale a picture down to JPEG; what cannot be decoded here is kept as it is. */
async function scaled(file: Blob): Promise<Blob> {
  const drawn = await drawnSmall(file, LONG_SIDE, QUALITY);
  // HEIC on a browser that cannot read it: the server takes the original.
  if (drawn === null) return file;
  return drawn.small.size < file.size || drawn.factor < 1 ? drawn.small : file;
}

/** Scale a picture down to what stands beside a name; null when it cannot be decoded here. */
export async function thumbnail(file: Blob): Promise<Blob | null> {
  return (await drawnSmall(file, THUMBNAIL_SIDE, QUALITY))?.small ?? null;
}

async function drawnSmall(
  file: Blob,
  side: number,
  quality: number,
): Promise<{ small: Blob; factor: number } | null> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const factor = Math.min(1, side / Math.max(picture.width, picture.height));
  const width = Math.round(picture.width * factor);
  const height = Math.round(picture.height * factor);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, width, height);
  picture.close();
  return { small: await canvas.convertToBlob({ type: "image/jpeg", quality }), factor };
}

/** Keep a file for its upload; never under the camera's name, which repeats. */
export async function keepFile(
  database: ReplicaDatabase,
  blob: Blob,
  name: string,
): Promise<KeptFile> {
  const version = uuid7(DEVICE_SOURCES);
  const stored: StoredBlob = {
    id: version,
    purpose: "upload",
    name,
    type: blob.type || "application/octet-stream",
    blob,
    madeAt: Date.now(),
    sentBytes: 0,
  };
  await keeping(() => database.blobs.put(stored));
  return { version, name, bytes: blob.size, sha256: await hashOf(blob) };
}

/** Return what makes a kept file a document of a row, in the action that makes the row. */
export function attachment(
  file: KeptFile,
  to: { project: string; person: string; title: string; purpose: string },
  subject: { table: string; row: string },
): Edit[] {
  const home = { home_id: to.project };
  const document = uuid7(DEVICE_SOURCES);
  const author = { author_id: to.person };
  const scope = `project:${to.project}`;
  return [
    {
      table: "document",
      row: document,
      scope,
      operation: "create",
      after: {
        ...home,
        ...author,
        project_id: to.project,
        title: to.title,
        status: "work_in_progress",
        ...file.taken,
      },
    },
    {
      table: "document_version",
      row: file.version,
      scope,
      operation: "create",
      after: {
        ...home,
        ...author,
        document_id: document,
        file_name: file.name,
        size_bytes: file.bytes,
        sha256: file.sha256,
      },
    },
    {
      table: "document_link",
      row: uuid7(DEVICE_SOURCES),
      scope,
      operation: "create",
      after: {
        ...home,
        ...author,
        document_id: document,
        subject_table: subject.table,
        subject_id: subject.row,
        purpose: to.purpose,
      },
    },
  ];
}
