import { z } from "zod";
import type { Augmentation } from "../contracts/data.ts";
import { luma } from "./_luma.ts";
import { chance } from "./_params.ts";

const params = z.strictObject({ p: chance(0.1) });

/** Takes the colours out. */
export const grayscale: Augmentation<z.infer<typeof params>> = {
  name: "grayscale",
  about: "Takes the colours out, as in a black-and-white photograph.",
  source: "The formula of torchvision's RandomGrayscale",
  params,
  apply(image, { p }, random) {
    if (random.uniform() < p) toGrey(image.data);
    return image;
  },
};

/** Replaces the three colours of each pixel of interleaved RGB bytes by their grey. */
export function toGrey(data: Uint8Array): void {
  for (let i = 0; i < data.length; i += 3) {
    const grey = luma(data[i], data[i + 1], data[i + 2]) + 0.5;
    data[i] = grey;
    data[i + 1] = grey;
    data[i + 2] = grey;
  }
}
