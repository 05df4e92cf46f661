import assert from "node:assert/strict";
import { type Raster, resizeSquare } from "../../lib/images/resize.ts";
import golden from "../../fixtures/images/resize.json" with { type: "json" };

const bytesOf = (base64: string): Uint8Array => Uint8Array.fromBase64(base64);

for (const { width, height, size, pixels, result } of golden.cases) {
  Deno.test(`resize ${width} x ${height} to ${size} equals Pillow's bilinear filter`, () => {
    const resized = resizeSquare({ width, height, channels: 3, data: bytesOf(pixels) }, size);
    assert.deepEqual(resized, { width: size, height: size, data: bytesOf(result) });
  });
}

/** The same colours with a fourth byte behind each pixel. */
function withAlpha(image: Raster): Raster {
  const data = new Uint8Array(image.width * image.height * 4).fill(77);
  for (let i = 0; i < image.width * image.height; i++) data.set(image.data.subarray(i * 3, i * 3 + 3), i * 4);
  return { ...image, channels: 4, data };
}

Deno.test("a fourth byte a pixel changes nothing", () => {
  const { width, height, size, pixels } = golden.cases[0];
  const image: Raster = { width, height, channels: 3, data: bytesOf(pixels) };
  assert.deepEqual(resizeSquare(withAlpha(image), size), resizeSquare(image, size));
});

Deno.test("an even colour stays what it is at every scale", () => {
  const data = new Uint8Array(13 * 7 * 3).map((_, i) => [0, 255, 131][i % 3]);
  for (const size of [1, 5, 13, 40]) {
    const resized = resizeSquare({ width: 13, height: 7, channels: 3, data }, size);
    assert.deepEqual(resized.data, new Uint8Array(size * size * 3).map((_, i) => [0, 255, 131][i % 3]));
  }
});
