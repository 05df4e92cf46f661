import { z } from "zod";
import type { Random } from "../base/random.ts";
import type { Augmentation, Pixels } from "../contracts/data.ts";
import { chance, range } from "./_params.ts";

const params = z.strictObject({
  p: chance(0.5),
  area: range(0, 1, [0.02, 0.2], "Range of the covered share of the image."),
});

/** Logarithm of the largest ratio of the rectangle's sides. */
const LOG_RATIO = Math.log(3);

/** Covers a random rectangle, up to three times as long as wide, by the image's mean colour. */
export const erase: Augmentation<z.infer<typeof params>> = {
  name: "erase",
  about: "Covers a random rectangle by the image's mean colour.",
  source: "Zhong, Zheng, Kang, Li, Yang: Random Erasing Data Augmentation, AAAI 2020",
  params,
  apply(image, { p, area }, random) {
    if (random.uniform() < p) cover(image, drawBox(image, area, random));
    return image;
  },
};

/** In pixels. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle inside the image; one that is too long for it is cut to its side. */
function drawBox(image: Pixels, area: readonly [number, number], random: Random): Box {
  const covered = random.between(area[0], area[1]) * image.width * image.height;
  const ratio = Math.exp(random.between(-LOG_RATIO, LOG_RATIO));
  const width = Math.min(image.width, Math.round(Math.sqrt(covered * ratio)));
  const height = Math.min(image.height, Math.round(Math.sqrt(covered / ratio)));
  const left = random.integer(image.width - width + 1);
  const top = random.integer(image.height - height + 1);
  return { left, top, width, height };
}

function cover(image: Pixels, box: Box): void {
  const mean = meanColor(image.data);
  for (let y = box.top; y < box.top + box.height; y++) {
    for (let x = box.left; x < box.left + box.width; x++) {
      image.data.set(mean, (y * image.width + x) * 3);
    }
  }
}

function meanColor(data: Uint8Array): Uint8Array {
  const sums = [0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    sums[0] += data[i];
    sums[1] += data[i + 1];
    sums[2] += data[i + 2];
  }
  return Uint8Array.from(sums, (sum) => Math.round(sum / (data.length / 3)));
}
