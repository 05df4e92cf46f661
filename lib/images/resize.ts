/**
 * Antialiased resizing. The result equals Pillow's `Image.resize(size, Resampling.BILINEAR, box)` on the same 8-bit pixels: a
 * triangle filter, widened by the scale where the image shrinks, applied to rows and then to columns, each rounded to 8 bits
 * (the arithmetic of libImaging/Resample.c: weights in fixed point with 22 fractional bits, edges of the box in float32).
 */
import type { Pixels } from "../contracts/data.ts";

/** An 8-bit image as a decoder leaves it: RGBA, rows from the top. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel, of which the last one is ignored. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Left, top, right and bottom edge of a part of an image, in fractions of its width and height. Beyond 0 and 1 all is black. */
export type Crop = readonly [number, number, number, number];

export const WHOLE: Crop = [0, 0, 1, 1];

/** Fractional bits of a weight: 8 bits of pixel, 22 of weight and 2 of head room fill 32. */
const BITS = 22;
const HALF = 1 << (BITS - 1);

/** Which source pixels make up each result pixel along one axis. */
interface Taps {
  /** First source pixel, by result pixel. */
  readonly first: Int32Array;
  /** Number of source pixels, by result pixel. */
  readonly count: Int32Array;
  /** Fixed-point weights, `stride` of them for each result pixel; they sum to 1, or less where black is mixed in. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/**
 * The image, or the part of it inside `crop`, stretched to `size` by `size` pixels. Pixels around the part bleed in, as in Pillow. A
 * part that reaches beyond the image is one of an image with a black border.
 */
export function resizeSquare(image: Raster, size: number, crop: Crop = WHOLE): Pixels {
  const across = tapsOf(image.width, size, [crop[0], crop[2]]);
  const down = tapsOf(image.height, size, [crop[1], crop[3]]);
  const rows = resizeRows(image, size, across);
  return { width: size, height: size, data: resizeColumns(rows, size, down) };
}

/** @param part first and last edge of the part that is used, in fractions. */
function tapsOf(from: number, to: number, part: readonly [number, number]): Taps {
  const start = Math.fround(part[0] * from);
  const stop = Math.fround(part[1] * from);
  const scale = Math.fround(stop - start) / to;
  const border = { first: Math.min(0, Math.floor(start)), end: Math.max(from, Math.ceil(stop)) };
  const support = Math.max(scale, 1);
  const stride = Math.ceil(support) * 2 + 1;
  const taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Int32Array(to * stride),
    stride,
  };
  for (let i = 0; i < to; i++) {
    const center = start + (i + 0.5) * scale;
    const first = Math.max(border.first, Math.floor(center - support + 0.5));
    const end = Math.min(border.end, Math.floor(center + support + 0.5));
    const triangle = triangleWeights(end - first, (center - first - 0.5) / support, support);
    const inside = clamp(first, 0, from);
    taps.first[i] = inside;
    taps.count[i] = clamp(end, inside, from) - inside;
    for (let k = 0; k < taps.count[i]; k++) taps.weights[i * stride + k] = triangle[inside - first + k];
  }
  return taps;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/**
 * `count` fixed-point weights under a triangle: pixel k lies k / support to the right of the first, whose distance from the
 * triangle's middle is `start`, in units of the triangle's half-width.
 */
function triangleWeights(count: number, start: number, support: number): number[] {
  const heights = Array.from({ length: count }, (_, k) => Math.max(0, 1 - Math.abs(k / support - start)));
  const sum = heights.reduce((total, height) => total + height, 0);
  return heights.map((height) => Math.trunc(0.5 + (height / sum) * (1 << BITS)));
}

/** Every row to `width` pixels: uint8 [height, width, 3]. A pixel is loaded as one little-endian word. */
function resizeRows(image: Raster, width: number, taps: Taps): Uint8ClampedArray {
  const words = wordsOf(image.data);
  const { first, count, weights, stride } = taps;
  const out = new Uint8ClampedArray(image.height * width * 3);
  let at = 0;
  for (let y = 0; y < image.height; y++) {
    const row = y * image.width;
    for (let x = 0; x < width; x++) {
      let from = row + first[x];
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const end = x * stride + count[x];
      for (let k = x * stride; k < end; k++) {
        const weight = weights[k];
        const word = words[from++] | 0;
        red = (red + Math.imul(word & 0xFF, weight)) | 0;
        green = (green + Math.imul((word >>> 8) & 0xFF, weight)) | 0;
        blue = (blue + Math.imul((word >>> 16) & 0xFF, weight)) | 0;
      }
      out[at] = red >> BITS;
      out[at + 1] = green >> BITS;
      out[at + 2] = blue >> BITS;
      at += 3;
    }
  }
  return out;
}

/** The pixels as words; copied where they do not start at a multiple of four bytes. */
function wordsOf(data: Raster["data"]): Uint32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
}

/** Every column of uint8 [h, size, 3] to `size` pixels. */
function resizeColumns(rows: Uint8ClampedArray, size: number, taps: Taps): Uint8Array {
  const { first, count, weights, stride } = taps;
  const length = size * 3;
  const out = new Uint8ClampedArray(size * length);
  for (let y = 0; y < size; y++) {
    const start = y * stride;
    const end = start + count[y];
    for (let i = 0; i < length; i++) {
      let sum = HALF;
      let from = first[y] * length + i;
      for (let k = start; k < end; k++) {
        sum = (sum + Math.imul(rows[from], weights[k])) | 0;
        from += length;
      }
      out[y * length + i] = sum >> BITS;
    }
  }
  return new Uint8Array(out.buffer);
}
