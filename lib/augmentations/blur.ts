import { z } from "zod";
import type { Augmentation, Pixels } from "../contracts/data.ts";
import { within } from "./_border.ts";
import { chance, range } from "./_params.ts";

const params = z.strictObject({
  p: chance(0.5),
  sigma: range(0.05, 10, [0.1, 1.5], "Range of the Gaussian's standard deviation in pixels."),
});

/** Gaussian blur; the border is mirrored. */
export const blur: Augmentation<z.infer<typeof params>> = {
  name: "blur",
  about: "Blurs the image by a Gaussian of random width.",
  params,
  apply(image, { p, sigma }, random) {
    if (random.uniform() >= p) return image;
    return blurred(image, random.between(sigma[0], sigma[1]));
  },
};

/** The image under a Gaussian of standard deviation `sigma` pixels, cut off at three of them. */
export function blurred(image: Pixels, sigma: number): Pixels {
  const { width, height } = image;
  const kernel = gaussian(sigma);
  const rows = blurRows(image, kernel);
  return { width, height, data: blurColumns(rows, width, height, kernel) };
}

/** Weights for distances 0, 1, …; all taps together sum to 1. */
function gaussian(sigma: number): Float64Array {
  const raw = Float64Array.from(
    { length: Math.ceil(3 * sigma) + 1 },
    (_, d) => Math.exp(-(d * d) / (2 * sigma * sigma)),
  );
  const sum = raw.reduce((total, weight, d) => total + (d === 0 ? weight : 2 * weight), 0);
  return raw.map((weight) => weight / sum);
}

function blurRows({ width, height, data }: Pixels, kernel: Float64Array): Float32Array {
  const radius = kernel.length - 1;
  const out = new Float32Array(data.length);
  const columns = Int32Array.from({ length: width + 2 * radius }, (_, i) => within(i - radius, width, "reflect") * 3);
  const line = new Float32Array(columns.length * 3);
  for (let y = 0; y < height; y++) {
    const start = y * width * 3;
    for (let i = 0; i < line.length; i++) line[i] = data[start + columns[(i / 3) | 0] + (i % 3)];
    for (let i = 0; i < width * 3; i++) out[start + i] = weighted(line, i + radius * 3, 3, kernel);
  }
  return out;
}

function blurColumns(rows: Float32Array, width: number, height: number, kernel: Float64Array): Uint8Array {
  const radius = kernel.length - 1;
  const length = width * 3;
  const out = new Uint8Array(rows.length);
  const tall = new Float32Array((height + 2 * radius) * length);
  for (let i = 0; i < height + 2 * radius; i++) {
    const from = within(i - radius, height, "reflect") * length;
    tall.set(rows.subarray(from, from + length), i * length);
  }
  for (let i = 0; i < out.length; i++) out[i] = weighted(tall, i + radius * length, length, kernel) + 0.5;
  return out;
}

/** The weighted sum around entry `middle`, whose neighbours lie `step` entries apart. */
function weighted(data: Float32Array, middle: number, step: number, kernel: Float64Array): number {
  let sum = kernel[0] * data[middle];
  for (let d = 1; d < kernel.length; d++) {
    sum += kernel[d] * (data[middle - d * step] + data[middle + d * step]);
  }
  return sum;
}
