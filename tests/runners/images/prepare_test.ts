import assert from "node:assert/strict";
import { ImagePreparer } from "../../../runners/images/prepare.ts";
import { UnreadableImage } from "../../../runners/images/unreadable.ts";
import { bmpHeader, concat, gifHeader, jpegHeader, pngHeader, tiff } from "../../images/bytes.ts";
import golden from "../../../fixtures/images/decode.json" with { type: "json" };

const preparer = new ImagePreparer();

function fixture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`../../../fixtures/images/decode/${name}`, import.meta.url));
}

async function reasonFor(bytes: Uint8Array, maxPixels?: number): Promise<string> {
  try {
    await preparer.prepare(bytes, { size: 8, maxPixels });
  } catch (error) {
    assert.ok(error instanceof UnreadableImage, String(error));
    return error.message;
  }
  throw new Error("the image was read");
}

/** Mean absolute difference in levels of 255. */
function difference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((sum, level, i) => sum + Math.abs(level - b[i]), 0) / a.length;
}

/** Levels of 255: Pillow's result is met exactly but where another way is taken to it. */
function allowedDifference(name: string): number {
  if (/cmyk|ycck/.test(name)) return 0.4; // another decoder
  return /orientation_[5-8]/.test(name) ? 0.2 : 0; // resized before it is turned, so rows and columns change places
}

for (const [name, result] of Object.entries(golden.results)) {
  Deno.test(`${name} is read as Pillow reads it`, async () => {
    const image = await preparer.prepare(fixture(name), { size: golden.size });
    assert.deepEqual([image.width, image.height], [golden.size, golden.size]);
    const distance = difference(image.data, Uint8Array.fromBase64(result));
    assert.ok(distance <= allowedDifference(name), `mean difference ${distance}`);
  });
}

const CROP = golden.crop as [number, number, number, number];

for (const [name, result] of Object.entries(golden.cropped)) {
  Deno.test(`${name} is cut once it is upright, as Pillow does it`, async () => {
    const image = await preparer.prepare(fixture(name), { size: golden.size, crop: CROP });
    const distance = difference(image.data, Uint8Array.fromBase64(result));
    assert.ok(distance <= allowedDifference(name), `mean difference ${distance}`);
  });
}

/** Five points of a face in the stored picture, 40 x 28 pixels. */
const LANDMARKS = [9, 9, 31, 9, 20, 13, 10, 20, 30, 20];

/** Where a stored pixel lies in the upright picture, by orientation. */
const TURNED: Readonly<Record<number, (x: number, y: number) => [number, number]>> = {
  3: (x, y) => [39 - x, 27 - y],
  6: (x, y) => [27 - y, x],
  8: (x, y) => [y, 39 - x],
};

for (const [orientation, turned] of Object.entries(TURNED)) {
  Deno.test(`orientation ${orientation}: landmarks are places in the upright picture`, async () => {
    const landmarks = [0, 2, 4, 6, 8].flatMap((i) => turned(LANDMARKS[i], LANDMARKS[i + 1]));
    const size = 56;
    const stored = await preparer.prepare(fixture("orientation_1.jpg"), { size, landmarks: LANDMARKS });
    const image = await preparer.prepare(fixture(`orientation_${orientation}.jpg`), { size, landmarks });
    assert.ok(difference(image.data, stored.data) < 0.01);
    assert.ok(new Set(image.data).size > 50);
  });
}

Deno.test("a face that cannot be aligned is left out with the reason", async () => {
  const reasonWith = async (landmarks: number[] | null): Promise<string> => {
    const error = await preparer.prepare(fixture("color.png"), { size: 8, landmarks }).catch((error) => error);
    assert.ok(error instanceof UnreadableImage);
    return error.message;
  };
  assert.match(await reasonWith(null), /^it has no landmarks/);
  assert.match(await reasonWith([31, 9, 9, 9, 20, 13, 30, 20, 10, 20]), /mirrored/);
});

const TRUNCATED = "truncated: the file ends before its picture does";

Deno.test("a JPEG without its tail is truncated, at whatever place it ends", async () => {
  for (const name of ["color.jpg", "progressive.jpg", "grey.jpg"]) {
    const whole = fixture(name);
    assert.equal(await reasonFor(whole.subarray(0, whole.length - 60)), TRUNCATED);
    assert.match(await reasonFor(whole.subarray(0, 300)), /^(truncated|damaged): /);
    assert.match(await reasonFor(whole.subarray(0, 12)), /^truncated: the JPEG header is incomplete$/);
  }
});

Deno.test("other formats without their tail are truncated", async () => {
  for (const name of ["color.png", "palette.gif", "color.bmp", "plain.tiff", "lzw.tiff", "cmyk.jpg"]) {
    const whole = fixture(name);
    for (const share of [0.1, 0.5, 0.9, 0.99]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      assert.match(await reasonFor(cut), /^truncated: /, `${name} cut at ${share}`);
    }
  }
});

Deno.test("a file of the right length with wrong bytes is damaged", async () => {
  const broken = fixture("color.png");
  broken.fill(0x55, 45, broken.length - 20);
  assert.match(await reasonFor(broken), /^damaged: /);
});

Deno.test("a file that is no image says what it is", async () => {
  assert.equal(await reasonFor(new Uint8Array(0)), "the file is empty");
  assert.match(await reasonFor(new TextEncoder().encode("not a picture at all")), /^not an image/);
});

Deno.test("decompression bombs are refused by their header, before anything is decoded", async () => {
  const bombs = [
    pngHeader(60_000, 60_000),
    jpegHeader(65_500, 65_500),
    gifHeader([10, 10], [60_000, 60_000]),
    bmpHeader(60_000, 60_000),
    tiff([{ 256: 60_000, 257: 60_000 }]),
  ];
  for (const bomb of bombs) assert.match(await reasonFor(bomb), /^too large: .* at most 50 million are decoded$/);
});

Deno.test("maxPixels decides what is too large", async () => {
  assert.equal(
    await reasonFor(fixture("color.png"), 1119),
    "too large: 40 x 28 pixels, at most 0.00112 million are decoded",
  );
  assert.equal((await preparer.prepare(fixture("color.png"), { size: 8, maxPixels: 1120 })).width, 8);
});

Deno.test("a damaged JPEG leaves the decoder fit for the next one", async () => {
  const before = await preparer.prepare(fixture("color.jpg"), { size: 8 });
  const broken = concat(jpegHeader(40, 28), [0xFF, 0xD9]);
  assert.match(await reasonFor(broken), /^damaged: /);
  assert.deepEqual(await preparer.prepare(fixture("color.jpg"), { size: 8 }), before);
});
