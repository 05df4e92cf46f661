import { z } from "zod";
import type { Augmentation, Pixels } from "../contracts/data.ts";
import { within } from "./_border.ts";
import { border } from "./_params.ts";

const params = z.strictObject({
  degrees: z.number().min(0).max(180).default(10).describe("Largest angle in either direction."),
  border,
});

type Params = z.infer<typeof params>;

/** Turns the image about its centre, with bilinear interpolation. */
export const rotate: Augmentation<Params> = {
  name: "rotate",
  about: "Turns the image about its centre by a random angle.",
  params,
  apply(image, { degrees, border }, random) {
    return rotated(image, (random.between(-degrees, degrees) * Math.PI) / 180, border);
  },
};

/** The image turned by `angle` radians, clockwise as seen (rows run down). */
export function rotated(image: Pixels, angle: number, border: Params["border"]): Pixels {
  const { width, height } = image;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const centerX = (width - 1) / 2;
  const centerY = (height - 1) / 2;
  const data = new Uint8Array(image.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const right = x - centerX;
      const below = y - centerY;
      const fromX = centerX + cos * right + sin * below;
      const fromY = centerY - sin * right + cos * below;
      sample(image, fromX, fromY, border, data, (y * width + x) * 3);
    }
  }
  return { width, height, data };
}

/** Writes the colour at a place between pixels. */
function sample(
  image: Pixels,
  x: number,
  y: number,
  border: Params["border"],
  out: Uint8Array,
  at: number,
): void {
  const { width, height, data } = image;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const x0 = within(left, width, border) * 3;
  const x1 = within(left + 1, width, border) * 3;
  const y0 = within(top, height, border) * width * 3;
  const y1 = within(top + 1, height, border) * width * 3;
  const right = x - left;
  const below = y - top;
  for (let c = 0; c < 3; c++) {
    const upper = data[y0 + x0 + c] * (1 - right) + data[y0 + x1 + c] * right;
    const lower = data[y1 + x0 + c] * (1 - right) + data[y1 + x1 + c] * right;
    out[at + c] = upper * (1 - below) + lower * below + 0.5;
  }
}
