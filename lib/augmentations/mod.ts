// Made by `deno task index` from the files of this folder.
import type { Augmentation } from "../contracts/data.ts";
import { blur } from "./blur.ts";
import { color } from "./color.ts";
import { crop } from "./crop.ts";
import { erase } from "./erase.ts";
import { flip } from "./flip.ts";
import { grayscale } from "./grayscale.ts";
import { noise } from "./noise.ts";
import { rotate } from "./rotate.ts";
import { zoom } from "./zoom.ts";

// deno-lint-ignore no-explicit-any
export const augmentations: readonly Augmentation<any>[] = [
  blur,
  color,
  crop,
  erase,
  flip,
  grayscale,
  noise,
  rotate,
  zoom,
];
