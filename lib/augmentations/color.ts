import { z } from "zod";
import type { Augmentation } from "../contracts/data.ts";
import { luma } from "./_luma.ts";

const strength = (about: string) => z.number().min(0).max(1).default(0.2).describe(about);

const params = z.strictObject({
  brightness: strength("All colours times a factor of 1 - brightness to 1 + brightness."),
  contrast: strength("Distance from the mean grey times a factor of 1 - contrast to 1 + contrast."),
  saturation: strength("Distance from the pixel's own grey times a factor of 1 - saturation to 1 + saturation."),
});

type Params = z.infer<typeof params>;

/** Changes brightness, contrast and saturation, in this order, by independent factors. */
export const color: Augmentation<Params> = {
  name: "color",
  about: "Changes brightness, contrast and saturation.",
  source: "The formulas of torchvision's ColorJitter on float images, in a fixed order, rounded once at the end",
  params,
  apply(image, { brightness, contrast, saturation }, random) {
    const factor = (strength: number): number => random.between(1 - strength, 1 + strength);
    recolor(image.data, factor(brightness), factor(contrast), factor(saturation));
    return image;
  },
};

/** Applies the three factors to interleaved RGB bytes in place. */
export function recolor(data: Uint8Array, brightness: number, contrast: number, saturation: number): void {
  const bright = Float64Array.from({ length: 256 }, (_, level) => Math.min(255, level * brightness));
  const mean = meanGrey(data, bright);
  const levels = bright.map((level) => clamp(contrast * level + (1 - contrast) * mean));
  for (let i = 0; i < data.length; i += 3) {
    const red = levels[data[i]];
    const green = levels[data[i + 1]];
    const blue = levels[data[i + 2]];
    const rest = (1 - saturation) * luma(red, green, blue);
    data[i] = clamp(saturation * red + rest) + 0.5;
    data[i + 1] = clamp(saturation * green + rest) + 0.5;
    data[i + 2] = clamp(saturation * blue + rest) + 0.5;
  }
}

/** Mean grey over the image once each byte is replaced by its entry in `levels`. */
function meanGrey(data: Uint8Array, levels: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += luma(levels[data[i]], levels[data[i + 1]], levels[data[i + 2]]);
  return sum / (data.length / 3);
}

function clamp(level: number): number {
  return level < 0 ? 0 : level > 255 ? 255 : level;
}
