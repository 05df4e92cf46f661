import { z } from "zod";
import type { Random } from "../base/random.ts";
import type { Augmentation } from "../contracts/data.ts";
import { chance } from "./_params.ts";

const params = z.strictObject({
  p: chance(0.5),
  std: z.number().min(0).max(128).default(8).describe("Standard deviation in levels of 255."),
});

/** Adds independent Gaussian noise to every colour of every pixel. */
export const noise: Augmentation<z.infer<typeof params>> = {
  name: "noise",
  about: "Adds Gaussian noise, as a camera does in poor light.",
  params,
  apply(image, { p, std }, random) {
    if (random.uniform() < p) addNoise(image.data, std, random);
    return image;
  },
};

/** Every random word serves two colours, 16 bits each, of which the upper 12 choose the quantile. */
function addNoise(data: Uint8Array, std: number, random: Random): void {
  const word = fastWords(random);
  const deviations = QUANTILES.map((quantile) => quantile * std);
  for (let i = 0; i < data.length; i += 2) {
    const bits = word();
    data[i] = level(data[i] + deviations[bits >>> 20]);
    if (i + 1 < data.length) data[i + 1] = level(data[i + 1] + deviations[(bits >>> 4) & 0xFFF]);
  }
}

function level(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5;
}

/** The standard normal distribution as 4096 equally likely values: for a pixel of 256 levels that is as good as exact. */
const QUANTILES = normalQuantiles(4096);

/** The quantiles in the middle of `count` equal parts of the probability, by summing the density from below. */
function normalQuantiles(count: number): Float32Array {
  const step = 1 / 2048;
  const out = new Float32Array(count);
  let at = -6;
  let below = 0;
  for (let i = 0; i < count; i++) {
    while (below < (i + 0.5) / count) {
      const middle = at + step / 2;
      below += (step * Math.exp((-middle * middle) / 2)) / Math.sqrt(2 * Math.PI);
      at += step;
    }
    out[i] = at - step / 2;
  }
  return out;
}

/**
 * Random 32-bit words, started by `random`: many times faster, which counts where every pixel needs its own.
 * The generator is xoshiro128** (Blackman and Vigna, 2018).
 */
function fastWords(random: Random): () => number {
  let a = random.integer(0x1_0000_0000) | 1;
  let b = random.integer(0x1_0000_0000) | 0;
  let c = random.integer(0x1_0000_0000) | 0;
  let d = random.integer(0x1_0000_0000) | 0;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
