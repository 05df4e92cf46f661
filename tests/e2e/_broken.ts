/** Image files with something wrong, made of whole ones. */
import { facePath, someFaces } from "./_trial.ts";

/** A name that the reader `utkface` takes, of a face of this age. */
export function faceName(age: number, number: number): string {
  return `${age}_0_0_2026010112${String(number).padStart(7, "0")}.jpg.chip.jpg`;
}

/** A whole JPEG file. */
export function wholeFace(): Uint8Array {
  return Deno.readFileSync(facePath(someFaces(1)[0]));
}

/** Broken files by what is wrong with them, each with the reason that must be given. */
export function brokenFiles(): Readonly<Record<string, { bytes: Uint8Array; reason: RegExp }>> {
  const whole = wholeFace();
  return {
    truncated: {
      bytes: whole.subarray(0, whole.length / 2),
      reason: /truncated: the file ends before its picture does/,
    },
    headless: { bytes: whole.subarray(0, 20), reason: /truncated: the JPEG header is incomplete/ },
    empty: { bytes: new Uint8Array(), reason: /empty/ },
    text: { bytes: new TextEncoder().encode("<!doctype html><p>Not found"), reason: /not an image|HTML|text/ },
    "PNG bomb": { bytes: pngBomb(60_000, 60_000), reason: /too large: 60000 x 60000 pixels/ },
    "JPEG bomb": { bytes: jpegBomb(whole, 65_500), reason: /too large: 65500 x 65500 pixels/ },
    scrambled: { bytes: scrambled(whole), reason: /damaged|truncated/ },
  };
}

/** A PNG that claims a size, with no picture in it. */
function pngBomb(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(33);
  bytes.set([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, 13);
  bytes.set(new TextEncoder().encode("IHDR"), 12);
  view.setUint32(16, width);
  view.setUint32(20, height);
  bytes.set([8, 2, 0, 0, 0], 24);
  return bytes;
}

/** A JPEG whose frame header claims another size. */
function jpegBomb(whole: Uint8Array, side: number): Uint8Array {
  const bytes = whole.slice();
  const frame = bytes.findIndex((byte, i) => byte === 0xFF && [0xC0, 0xC1, 0xC2].includes(bytes[i + 1]));
  const view = new DataView(bytes.buffer);
  view.setUint16(frame + 5, side);
  view.setUint16(frame + 7, side);
  return bytes;
}

/** A JPEG whose tables are overwritten. */
function scrambled(whole: Uint8Array): Uint8Array {
  return whole.map((byte, i) => i > 20 && i < whole.length - 2 ? (i * 37) % 251 : byte);
}
