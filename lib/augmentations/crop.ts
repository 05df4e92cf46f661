import { z } from "zod";
import type { Augmentation, Pixels } from "../contracts/data.ts";
import { within } from "./_border.ts";
import { border } from "./_params.ts";

const params = z.strictObject({
  padding: z.number().int().min(0).max(256).default(4).describe("Pixels by which the image grows on every side."),
  border,
});

type Params = z.infer<typeof params>;

/** Grows the image on every side and cuts a window of the old size out of it, at a random place. */
export const crop: Augmentation<Params> = {
  name: "crop",
  about: "Shifts the image by up to `padding` pixels in each direction.",
  source: "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016, section 4.2",
  params,
  apply(image, { padding, border }, random) {
    const across = random.integer(2 * padding + 1) - padding;
    const down = random.integer(2 * padding + 1) - padding;
    return shifted(image, across, down, border);
  },
};

/** The image as seen through a window that lies `across` pixels further right and `down` further down. */
function shifted(image: Pixels, across: number, down: number, border: Params["border"]): Pixels {
  const { width, height, data } = image;
  const columns = Int32Array.from({ length: width }, (_, x) => within(x + across, width, border) * 3);
  const out = new Uint8Array(data.length);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = within(y + down, height, border) * width * 3;
    for (let x = 0; x < width; x++) {
      const from = row + columns[x];
      out[at] = data[from];
      out[at + 1] = data[from + 1];
      out[at + 2] = data[from + 2];
      at += 3;
    }
  }
  return { width, height, data: out };
}
