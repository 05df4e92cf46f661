/** An image seen through a similarity: bilinear, and averaged over each result pixel's area where the image shrinks. */
import type { Pixels } from "../contracts/data.ts";
import type { Raster } from "./resize.ts";
import { scaleOf, type Similarity } from "./similarity.ts";

/**
 * @param back from pixels of the result, `size` by `size`, to pixels of the image; both count from the middles of their first pixels.
 * Beyond the image all is black.
 */
export function warpSquare(image: Raster, back: Similarity, size: number): Pixels {
  const finer = Math.max(1, Math.round(scaleOf(back)));
  const data = new Uint8Array(size * size * 3);
  const sums = new Float64Array(3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      sums.fill(0);
      addSamples(image, back, x, y, finer, sums);
      const at = (y * size + x) * 3;
      for (let c = 0; c < 3; c++) data[at + c] = sums[c] / (finer * finer) + 0.5;
    }
  }
  return { width: size, height: size, data };
}

/** Adds `finer` by `finer` samples, spread evenly over the pixel of the result at (x, y). */
function addSamples(
  image: Raster,
  { a, b, right, down }: Similarity,
  x: number,
  y: number,
  finer: number,
  sums: Float64Array,
): void {
  for (let j = 0; j < finer; j++) {
    const v = y + (j + 0.5) / finer - 0.5;
    for (let i = 0; i < finer; i++) {
      const u = x + (i + 0.5) / finer - 0.5;
      addBilinear(image, a * u - b * v + right, b * u + a * v + down, sums);
    }
  }
}

/** Adds the colour between four pixels. */
function addBilinear(image: Raster, x: number, y: number, sums: Float64Array): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = x - left;
  const below = y - top;
  addPixel(image, left, top, (1 - right) * (1 - below), sums);
  addPixel(image, left + 1, top, right * (1 - below), sums);
  addPixel(image, left, top + 1, (1 - right) * below, sums);
  addPixel(image, left + 1, top + 1, right * below, sums);
}

function addPixel({ width, height, data }: Raster, x: number, y: number, weight: number, sums: Float64Array): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const at = (y * width + x) * 4;
  sums[0] += weight * data[at];
  sums[1] += weight * data[at + 1];
  sums[2] += weight * data[at + 2];
}
