/**
 * When and where a photo was taken, as the camera wrote it into the file: read before the photo is
 * scaled down, which loses it. Anything damaged or strange says nothing, and never throws.
 */

export interface Taken {
  /** Milliseconds since 1970; the device's own zone where the camera names none. */
  taken_at?: number;
  latitude_microdegrees?: number;
  longitude_microdegrees?: number;
}

/** The first bytes of a file: its EXIF is there, or it has none that matters. */
export const HEAD_BYTES = 256 * 1024;

const EXIF_IFD = 0x8769;
const GPS_IFD = 0x8825;
const DATE_TAKEN = 0x9003;
const OFFSET_TAKEN = 0x9011;
const [LATITUDE_SIDE, LATITUDE, LONGITUDE_SIDE, LONGITUDE] = [1, 2, 3, 4] as const;
const ASCII = 2;
const LONG = 4;
const RATIONAL = 5;
const SIZES: Readonly<Record<number, number>> = { [ASCII]: 1, 3: 2, [LONG]: 4, [RATIONAL]: 8 };
const ENTRIES_MAX = 500;

/** Read the head of a JPEG. */
export function readExif(head: ArrayBuffer): Taken {
  try {
    const tiff = tiffOf(new DataView(head));
    return tiff === null ? {} : takenOf(new Tiff(tiff));
  } catch (error) {
    // The file ends where it says that something is: it says nothing.
    if (error instanceof RangeError) return {};
    throw error;
  }
}

/** Find the TIFF block of a JPEG's EXIF segment. */
function tiffOf(view: DataView): DataView | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  for (;;) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    // The picture itself begins, or these are no segments.
    if (marker === 0xffda || marker >> 8 !== 0xff || length < 2) return null;
    const isExif = marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966;
    if (isExif) return new DataView(view.buffer, view.byteOffset + at + 10, length - 8);
    at += 2 + length;
  }
}

interface Entry {
  type: number;
  count: number;
  /** Where its values are. */
  at: number;
}

class Tiff {
  private readonly little: boolean;

  constructor(private readonly view: DataView) {
    this.little = view.getUint16(0) === 0x4949;
  }

  get first(): Map<number, Entry> {
    return this.directory(this.long(4));
  }

  directory(offset: number): Map<number, Entry> {
    const found = new Map<number, Entry>();
    const count = Math.min(this.view.getUint16(offset, this.little), ENTRIES_MAX);
    for (let number = 0; number < count; number += 1) {
      const at = offset + 2 + number * 12;
      const type = this.view.getUint16(at + 2, this.little);
      const values = this.long(at + 4);
      const small = values * (SIZES[type] ?? 1) <= 4;
      const place = small ? at + 8 : this.long(at + 8);
      found.set(this.view.getUint16(at, this.little), { type, count: values, at: place });
    }
    return found;
  }

  below(entry: Entry | undefined): Map<number, Entry> {
    return entry?.type === LONG ? this.directory(this.long(entry.at)) : new Map();
  }

  text(entry: Entry | undefined): string | null {
    if (entry?.type !== ASCII || entry.count > 64) return null;
    let text = "";
    for (let number = 0; number < entry.count; number += 1) {
      text += String.fromCharCode(this.view.getUint8(entry.at + number));
    }
    return text.replaceAll("\0", "").trim();
  }

  /** Degrees, minutes and seconds, as one number. */
  degrees(entry: Entry | undefined): number | null {
    if (entry?.type !== RATIONAL || entry.count !== 3) return null;
    let sum = 0;
    for (const [part, whole] of [1, 60, 3600].entries()) {
      const below = this.long(entry.at + part * 8 + 4);
      if (below === 0) return null;
      sum += this.long(entry.at + part * 8) / below / whole;
    }
    return sum;
  }

  private long(at: number): number {
    return this.view.getUint32(at, this.little);
  }
}

function takenOf(tiff: Tiff): Taken {
  const first = tiff.first;
  const exif = tiff.below(first.get(EXIF_IFD));
  const gps = tiff.below(first.get(GPS_IFD));
  const moment = momentOf(tiff.text(exif.get(DATE_TAKEN)), tiff.text(exif.get(OFFSET_TAKEN)));
  const latitude = sided(
    tiff.degrees(gps.get(LATITUDE)),
    tiff.text(gps.get(LATITUDE_SIDE)),
    "NS",
    90,
  );
  const longitude = sided(
    tiff.degrees(gps.get(LONGITUDE)),
    tiff.text(gps.get(LONGITUDE_SIDE)),
    "EW",
    180,
  );
  return {
    ...(moment === null ? {} : { taken_at: moment }),
    ...(latitude === null || longitude === null
      ? {}
      : { latitude_microdegrees: latitude, longitude_microdegrees: longitude }),
  };
}

function momentOf(text: string | null, offset: string | null): number | null {
  const found = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(text ?? "");
  if (found === null) return null;
  const [, year, month, day, hour, minute, second] = found;
  const zone = /^[+-]\d\d:\d\d$/.test(offset ?? "") ? offset : "";
  const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(moment) || moment < 0 ? null : moment;
}

function sided(
  degrees: number | null,
  side: string | null,
  sides: string,
  most: number,
): number | null {
  if (degrees === null || degrees > most || side === null || side.length !== 1) return null;
  const at = sides.indexOf(side);
  return at === -1 ? null : Math.round(degrees * 1_000_000) * (at === 0 ? 1 : -1);
}
