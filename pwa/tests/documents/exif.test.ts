/** When and where a photo was taken; and that nothing in a file, however broken, stops anyone. */

import { describe, expect, it } from "vitest";
import { readExif } from "../../src/documents/exif";

type Entry = [tag: number, type: number, count: number, value: number | number[] | string];

const SIZES: Record<number, number> = { 2: 1, 4: 4, 5: 8 };

/** Write a JPEG's head as a camera does: EXIF with the moment and the position. */
function camera(moment: string, offset: string | null, gps: Entry[], little = false): ArrayBuffer {
  const bytes = new DataView(new ArrayBuffer(1_000));
  let free = 400;
  const directory = (at: number, entries: Entry[]): void => {
    bytes.setUint16(at, entries.length, little);
    for (const [number, [tag, type, count, value]] of entries.entries()) {
      const entry = at + 2 + number * 12;
      bytes.setUint16(entry, tag, little);
      bytes.setUint16(entry + 2, type, little);
      bytes.setUint32(entry + 4, count, little);
      let place = entry + 8;
      if (count * (SIZES[type] ?? 1) > 4) {
        bytes.setUint32(place, free - 12, little);
        place = free;
        free += count * (SIZES[type] ?? 1);
      }
      if (typeof value === "string") {
        for (let at_ = 0; at_ < value.length; at_ += 1)
          bytes.setUint8(place + at_, value.charCodeAt(at_));
      } else {
        for (const [at_, one] of [value].flat().entries())
          bytes.setUint32(place + at_ * 4, one, little);
      }
    }
  };
  bytes.setUint32(0, 0xffd8ffe1);
  bytes.setUint16(4, 990);
  bytes.setUint32(6, 0x45786966);
  // The TIFF block begins at 12: its offsets count from there.
  bytes.setUint16(12, little ? 0x4949 : 0x4d4d);
  bytes.setUint16(14, 42, little);
  bytes.setUint32(16, 8, little);
  directory(20, [
    [0x8769, 4, 1, 100],
    [0x8825, 4, 1, 200],
  ]);
  directory(112, [
    [0x9003, 2, 20, `${moment}\0`],
    ...(offset === null ? [] : ([[0x9011, 2, 7, `${offset}\0`]] as Entry[])),
  ]);
  directory(212, gps);
  return bytes.buffer;
}

const SOUTH_EAST: Entry[] = [
  [1, 2, 2, "S\0"],
  [2, 5, 3, [4, 1, 46, 1, 3000, 100]],
  [3, 2, 2, "E\0"],
  [4, 5, 3, [11, 1, 51, 1, 0, 1]],
];

describe("readExif", () => {
  it.each([false, true])(
    "reads the moment with its zone, and the position (little: %s)",
    (little) => {
      const found = readExif(camera("2026:11:26 14:05:09", "+01:00", SOUTH_EAST, little));
      expect(found).toEqual({
        taken_at: Date.UTC(2026, 10, 26, 13, 5, 9),
        latitude_microdegrees: -4_775_000,
        longitude_microdegrees: 11_850_000,
      });
    },
  );

  it("takes a moment without a zone for the device's own", () => {
    const found = readExif(camera("2026:11:26 14:05:09", null, []));
    expect(found).toEqual({ taken_at: new Date(2026, 10, 26, 14, 5, 9).getTime() });
  });

  it("says nothing of what makes no sense", () => {
    const strange: Entry[] = [
      [1, 2, 2, "X\0"],
      [2, 5, 3, [400, 1, 0, 0, 0, 1]],
      [3, 2, 2, "E\0"],
      [4, 5, 3, [11, 1, 51, 1, 0, 1]],
    ];
    expect(readExif(camera("9999:99:99 99:99:99", "+xx", strange))).toEqual({});
  });

  it("survives every cut and every flipped byte", () => {
    const whole = camera("2026:11:26 14:05:09", "+01:00", SOUTH_EAST);
    for (let size = 0; size < whole.byteLength; size += 7) {
      expect(() => readExif(whole.slice(0, size))).not.toThrow();
    }
    for (let at = 0; at < 500; at += 1) {
      for (const value of [0, 0x7f, 0xff]) {
        const broken = whole.slice(0);
        new Uint8Array(broken)[at] = value;
        expect(() => readExif(broken)).not.toThrow();
      }
    }
    expect(readExif(new TextEncoder().encode("%PDF-1.7 something else").buffer)).toEqual({});
  });
});
