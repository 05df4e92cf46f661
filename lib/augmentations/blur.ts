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
  const across = convolve(image.data, kernel, { lines: height, lineStep: width * 3, length: width, step: 3 });
  const both = convolve(across, kernel, { lines: width, lineStep: 3, length: height, step: width * 3 });
  return { width, height, data: Uint8Array.from(both, (level) => level + 0.5) };
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

/** How to walk an interleaved image along rows or along columns; steps in array elements. */
interface Walk {
  readonly lines: number;
  readonly lineStep: number;
  /** Pixels of a line. */
  readonly length: number;
  readonly step: number;
}

/** Convolves every line with a symmetric kernel. */
function convolve(data: Uint8Array | Float32Array, kernel: Float64Array, walk: Walk): Float32Array {
  const out = new Float32Array(data.length);
  const radius = kernel.length - 1;
  const mirrored = Int32Array.from(
    { length: walk.length + 2 * radius },
    (_, i) => within(i - radius, walk.length, "reflect") * walk.step,
  );
  for (let line = 0; line < walk.lines; line++) {
    const start = line * walk.lineStep;
    for (let i = 0; i < walk.length; i++) {
      for (let c = 0; c < 3; c++) {
        out[start + i * walk.step + c] = weighted(data, kernel, mirrored, start + c, i + radius);
      }
    }
  }
  return out;
}

/** The weighted sum around the entry `middle` of `places`, which are offsets from `start`. */
function weighted(
  data: Uint8Array | Float32Array,
  kernel: Float64Array,
  places: Int32Array,
  start: number,
  middle: number,
): number {
  let sum = kernel[0] * data[start + places[middle]];
  for (let d = 1; d < kernel.length; d++) {
    sum += kernel[d] * (data[start + places[middle - d]] + data[start + places[middle + d]]);
  }
  return sum;
}
