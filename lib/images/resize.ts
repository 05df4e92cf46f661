/**
 * Antialiased resizing. The result equals Pillow's `Image.resize(size, Resampling.BILINEAR)` on the same 8-bit pixels: a triangle
 * filter, widened by the scale where the image shrinks, applied to rows and then to columns, each rounded to 8 bits
 * (the arithmetic of libImaging/Resample.c: weights in fixed point with 22 fractional bits).
 */
import type { Pixels } from "../contracts/data.ts";

/** An 8-bit image as a decoder leaves it: rows from the top, red, green and blue first in every pixel. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Bytes a pixel: 3 for RGB, 4 where one more byte (alpha) follows and is ignored. */
  readonly channels: 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Fractional bits of a weight: 8 bits of pixel, 22 of weight and 2 of head room fill 32. */
const BITS = 22;
const HALF = 1 << (BITS - 1);

/** Which source pixels make up each result pixel along one axis. */
interface Taps {
  /** First source pixel, by result pixel. */
  readonly first: Int32Array;
  /** Number of source pixels, by result pixel. */
  readonly count: Int32Array;
  /** Fixed-point weights, `stride` of them for each result pixel; they sum to 1. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** The image stretched to `size` by `size` pixels. */
export function resizeSquare(image: Raster, size: number): Pixels {
  const across = tapsOf(image.width, size);
  const down = tapsOf(image.height, size);
  const rows = resizeRows(image, size, across);
  return { width: size, height: size, data: resizeColumns(rows, size, down) };
}

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const stride = Math.ceil(support) * 2 + 1;
  const taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Int32Array(to * stride),
    stride,
  };
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    taps.first[i] = first;
    taps.count[i] = end - first;
    taps.weights.set(triangle(first, end, center, support), i * stride);
  }
  return taps;
}

/** The weights of pixels `first` … `end - 1` under a triangle of half-width `support` around `center`. */
function triangle(first: number, end: number, center: number, support: number): Int32Array {
  const raw = Float64Array.from(
    { length: end - first },
    (_, k) => Math.max(0, 1 - Math.abs(first + k - center + 0.5) / support),
  );
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return Int32Array.from(raw, (weight) => Math.trunc(0.5 + (weight / sum) * (1 << BITS)));
}

/** Every row to `width` pixels: uint8 [height, width, 3]. */
function resizeRows(image: Raster, width: number, taps: Taps): Uint8Array {
  const { data, channels } = image;
  const { first, count, weights, stride } = taps;
  const out = new Uint8Array(image.height * width * 3);
  let at = 0;
  for (let y = 0; y < image.height; y++) {
    const row = y * image.width;
    for (let x = 0; x < width; x++) {
      let from = (row + first[x]) * channels;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const end = x * stride + count[x];
      for (let k = x * stride; k < end; k++) {
        const weight = weights[k];
        red = (red + Math.imul(data[from], weight)) | 0;
        green = (green + Math.imul(data[from + 1], weight)) | 0;
        blue = (blue + Math.imul(data[from + 2], weight)) | 0;
        from += channels;
      }
      out[at] = byte(red);
      out[at + 1] = byte(green);
      out[at + 2] = byte(blue);
      at += 3;
    }
  }
  return out;
}

/** Every column of uint8 [h, size, 3] to `size` pixels. */
function resizeColumns(rows: Uint8Array, size: number, taps: Taps): Uint8Array {
  const { first, count, weights, stride } = taps;
  const length = size * 3;
  const out = new Uint8Array(size * length);
  const sums = new Int32Array(length);
  for (let y = 0; y < size; y++) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]; k++) {
      const weight = weights[y * stride + k];
      const row = (first[y] + k) * length;
      for (let i = 0; i < length; i++) sums[i] += Math.imul(rows[row + i], weight);
    }
    for (let i = 0; i < length; i++) out[y * length + i] = byte(sums[i]);
  }
  return out;
}

/** A fixed-point sum as a byte. */
function byte(sum: number): number {
  const value = sum >> BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
