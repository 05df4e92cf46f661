import assert from "node:assert/strict";
import { type Crop, type Raster, resizeSquare } from "../../lib/images/resize.ts";
import golden from "../../fixtures/images/resize.json" with { type: "json" };

const bytesOf = (base64: string): Uint8Array => Uint8Array.fromBase64(base64);

/** RGBA of interleaved RGB, with a fourth byte that must not matter. */
function raster(width: number, height: number, pixels: Uint8Array): Raster {
  const data = new Uint8Array(width * height * 4).fill(77);
  for (let i = 0; i < width * height; i++) data.set(pixels.subarray(i * 3, i * 3 + 3), i * 4);
  return { width, height, data };
}

for (const { width, height, size, crop, pixels, result } of golden.cases) {
  Deno.test(`resize ${width} x ${height}, cut by ${crop.join(", ")}, to ${size} equals Pillow's bilinear filter`, () => {
    const resized = resizeSquare(raster(width, height, bytesOf(pixels)), size, crop as unknown as Crop);
    assert.deepEqual(resized, { width: size, height: size, data: bytesOf(result) });
  });
}

Deno.test("pixels may start anywhere in their buffer", () => {
  const { width, height, size, pixels } = golden.cases[0];
  const image = raster(width, height, bytesOf(pixels));
  const moved = new Uint8Array(image.data.length + 3);
  moved.set(image.data, 3);
  assert.deepEqual(resizeSquare({ ...image, data: moved.subarray(3) }, size), resizeSquare(image, size));
});

Deno.test("an even colour stays what it is at every scale", () => {
  const data = new Uint8Array(13 * 7 * 3).map((_, i) => [0, 255, 131][i % 3]);
  for (const size of [1, 5, 13, 40]) {
    const resized = resizeSquare(raster(13, 7, data), size);
    assert.deepEqual(resized.data, new Uint8Array(size * size * 3).map((_, i) => [0, 255, 131][i % 3]));
  }
});
