import { z } from "zod";
import type { Random } from "../base/random.ts";
import type { Augmentation, Pixels } from "../contracts/data.ts";
import { chance, range } from "./_params.ts";

const params = z.strictObject({
  p: chance(1),
  area: range(0.01, 1, [0.7, 1], "Range of the share of the image that is kept."),
  ratio: range(0.25, 4, [0.8, 1.25], "Range of the kept part's width over its height, relative to the image's."),
});

/** Cuts out a random part and stretches it to the size of the image, with bilinear interpolation. */
export const zoom: Augmentation<z.infer<typeof params>> = {
  name: "zoom",
  about: "Enlarges a random part of the image, with its proportions slightly changed.",
  source: "Szegedy et al.: Going Deeper with Convolutions, CVPR 2015, section 6 (RandomResizedCrop of torchvision)",
  params,
  apply(image, { p, area, ratio }, random) {
    if (random.uniform() >= p) return image;
    return enlarged(image, drawPart(image, area, ratio, random));
  },
};

/** In pixels from the top left corner of the image, fractions included. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Range = readonly [number, number];

/** A part inside the image; one that is too long for it is cut to its side. */
function drawPart(image: Pixels, area: Range, ratio: Range, random: Random): Part {
  const side = Math.sqrt(random.between(area[0], area[1]));
  const stretch = Math.exp(random.between(Math.log(ratio[0]), Math.log(ratio[1])) / 2);
  const width = Math.min(1, side * stretch) * image.width;
  const height = Math.min(1, side / stretch) * image.height;
  const left = random.uniform() * (image.width - width);
  const top = random.uniform() * (image.height - height);
  return { left, top, width, height };
}

/** The part in the size of the whole image; beyond its border the image goes on with its outermost pixels. */
export function enlarged(image: Pixels, part: Part): Pixels {
  const { width, height, data } = image;
  const across = tapsOf(part.left, part.width, width);
  const down = tapsOf(part.top, part.height, height);
  const out = new Uint8Array(data.length);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const upper = down.before[y] * width * 3;
    const lower = down.after[y] * width * 3;
    const below = down.share[y];
    for (let x = 0; x < width; x++) {
      const left = across.before[x] * 3;
      const right = across.after[x] * 3;
      const share = across.share[x];
      for (let c = 0; c < 3; c++) {
        const high = data[upper + left + c] * (1 - share) + data[upper + right + c] * share;
        const low = data[lower + left + c] * (1 - share) + data[lower + right + c] * share;
        out[at++] = high * (1 - below) + low * below + 0.5;
      }
    }
  }
  return { width, height, data: out };
}

/** Along one axis, the two pixels between which each result pixel lies, and how far it lies towards the second. */
interface Taps {
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly share: Float64Array;
}

function tapsOf(start: number, length: number, size: number): Taps {
  const taps = { before: new Int32Array(size), after: new Int32Array(size), share: new Float64Array(size) };
  for (let i = 0; i < size; i++) {
    const place = Math.min(size - 1, Math.max(0, start + ((i + 0.5) * length) / size - 0.5));
    taps.before[i] = Math.floor(place);
    taps.after[i] = Math.min(size - 1, taps.before[i] + 1);
    taps.share[i] = place - taps.before[i];
  }
  return taps;
}
