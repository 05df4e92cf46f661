import assert from "node:assert/strict";
import { type Orientation, readOrientation, upright } from "../../lib/images/orientation.ts";
import { ascii, concat, jpegHeader, pngHeader, segment, tiff, u32 } from "./bytes.ts";

/** A 3 x 2 picture whose pixels are numbered 1 to 6 as stored, and what it shows upright (EXIF 2.32, figure of tag 0x0112). */
const UPRIGHT: Readonly<Record<Orientation, readonly (readonly number[])[]>> = {
  1: [[1, 2, 3], [4, 5, 6]],
  2: [[3, 2, 1], [6, 5, 4]],
  3: [[6, 5, 4], [3, 2, 1]],
  4: [[4, 5, 6], [1, 2, 3]],
  5: [[1, 4], [2, 5], [3, 6]],
  6: [[4, 1], [5, 2], [6, 3]],
  7: [[6, 3], [5, 2], [4, 1]],
  8: [[3, 6], [2, 5], [1, 4]],
};

const stored = { width: 3, height: 2, data: Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap((n) => [n, n + 10, n + 20])) };

for (const [orientation, rows] of Object.entries(UPRIGHT)) {
  Deno.test(`orientation ${orientation} is put upright`, () => {
    const image = upright(stored, Number(orientation) as Orientation);
    assert.deepEqual([image.width, image.height], [rows[0].length, rows.length]);
    assert.deepEqual([...image.data], rows.flat().flatMap((n) => [n, n + 10, n + 20]));
  });
}

const exif = (value: number, order: "II" | "MM" = "MM"): Uint8Array => tiff([{ 271: 5, 274: value }], order);
const jpegWith = (body: Uint8Array): Uint8Array => jpegHeader(3, 2, 3, segment(0xE1, [...ascii("Exif\0\0"), ...body]));

Deno.test("the orientation is found in JPEG, PNG and TIFF, in either byte order", () => {
  for (const order of ["II", "MM"] as const) {
    assert.equal(readOrientation(jpegWith(exif(6, order)), "jpeg"), 6);
    assert.equal(readOrientation(exif(8, order), "tiff"), 8);
    const chunk = [...u32(exif(3, order).length), ...ascii("eXIf"), ...exif(3, order), ...u32(0)];
    assert.equal(readOrientation(concat(pngHeader(3, 2), chunk), "png"), 3);
  }
});

Deno.test("another APP1 segment before the EXIF one is passed over", () => {
  const xmp = segment(0xE1, ascii("http://ns.adobe.com/xap/1.0/\0"));
  const before = [...xmp, ...segment(0xE1, [...ascii("Exif\0\0"), ...exif(5)])];
  assert.equal(readOrientation(jpegHeader(3, 2, 3, before), "jpeg"), 5);
});

Deno.test("no orientation, nonsense and damage all mean upright", () => {
  assert.equal(readOrientation(jpegHeader(3, 2), "jpeg"), 1);
  assert.equal(readOrientation(jpegWith(exif(9)), "jpeg"), 1);
  assert.equal(readOrientation(jpegWith(exif(0)), "jpeg"), 1);
  assert.equal(readOrientation(Uint8Array.of(0x42, 0x4D, 1, 2), "bmp"), 1);
  const whole = jpegWith(exif(6));
  const cuts = Array.from({ length: whole.length }, (_, n) => readOrientation(whole.subarray(0, n), "jpeg"));
  assert.ok(cuts.every((orientation) => orientation === 1 || orientation === 6));
});
