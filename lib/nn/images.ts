import { tensor } from "../base/tensor.ts";
import type { Preprocessing } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { gather, mul, sub } from "../ops/emit.ts";

/** RGB in [0, 1] with the statistics of ImageNet, as torchvision and timm state them. */
export const IMAGENET: Preprocessing = {
  color: "rgb",
  range: [0, 1],
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** RGB images [N,3,H,W] of 0 to 255 in the form that a backbone takes. */
export function preprocess(images: Value, { color, range, mean, std }: Preprocessing = IMAGENET): Value {
  const [low, high] = range;
  const unit = 255 / (high - low);
  const ordered = color === "rgb" ? images : reversed(images);
  return scaled(shifted(ordered, mean.map((m) => (m - low) * unit)), std.map((s) => 1 / (s * unit)));
}

function reversed(images: Value): Value {
  return gather(images, images.builder.constant(tensor("int64", [3], [2, 1, 0])), 1);
}

function shifted(images: Value, by: readonly number[]): Value {
  return by.every((shift) => shift === 0) ? images : sub(images, perChannel(images, by));
}

function scaled(images: Value, by: readonly number[]): Value {
  return by.every((factor) => factor === 1) ? images : mul(images, perChannel(images, by));
}

function perChannel(images: Value, numbers: readonly number[]): Value {
  return images.builder.constant(tensor(images.type, [1, numbers.length, 1, 1], numbers));
}
