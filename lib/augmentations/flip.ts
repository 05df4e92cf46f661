import { z } from "zod";
import type { Random } from "../base/random.ts";
import type { Augmentation } from "../contracts/data.ts";
import { chance } from "./_params.ts";

const params = z.strictObject({ p: chance(0.5) });

/** Mirrors left and right. */
export const flip: Augmentation<z.infer<typeof params>> = {
  name: "flip",
  about: "Mirrors the image left to right.",
  params,
  apply(image, params, random) {
    if (mirrors(params, random)) mirror(image.data, image.width, image.height);
    return image;
  },
  mirrors,
};

function mirrors({ p }: { p: number }, random: Random): boolean {
  return random.uniform() < p;
}

function mirror(data: Uint8Array, width: number, height: number): void {
  for (let y = 0; y < height; y++) {
    let left = y * width * 3;
    let right = left + (width - 1) * 3;
    for (; left < right; left += 3, right -= 3) exchange(data, left, right);
  }
}

function exchange(data: Uint8Array, a: number, b: number): void {
  for (let c = 0; c < 3; c++) {
    const kept = data[a + c];
    data[a + c] = data[b + c];
    data[b + c] = kept;
  }
}
