import { tensor } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import { mul, sub } from "../ops/emit.ts";

/** Mean and standard deviation of each of the channels R, G, B, in units of the full range 0 to 255. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The statistics of ImageNet, as torchvision and timm state them. */
export const IMAGENET: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Images [N,3,H,W] of 0 to 255 to (x/255 - mean) / std. */
export function normalizeImages(images: Value, { mean, std }: Normalization = IMAGENET): Value {
  const perChannel = (numbers: readonly number[]): Value =>
    images.builder.constant(tensor(images.type, [1, numbers.length, 1, 1], numbers));
  const centred = sub(images, perChannel(mean.map((m) => 255 * m)));
  return mul(centred, perChannel(std.map((s) => 1 / (255 * s))));
}
