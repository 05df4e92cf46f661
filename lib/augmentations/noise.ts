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

/** Two normal numbers at a time (Box-Muller). */
function addNoise(data: Uint8Array, std: number, random: Random): void {
  const uniform = fastUniform(random);
  for (let i = 0; i < data.length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    data[i] = level(data[i] + radius * Math.cos(angle));
    if (i + 1 < data.length) data[i + 1] = level(data[i + 1] + radius * Math.sin(angle));
  }
}

function level(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5;
}

/**
 * Uniform numbers in [0, 1), started by `random`: many times faster, which counts where every pixel needs its own.
 * The generator is xoshiro128** (Blackman and Vigna, 2018).
 */
function fastUniform(random: Random): () => number {
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
    return (result >>> 0) / 0x1_0000_0000;
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
