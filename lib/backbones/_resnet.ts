/** Residual networks (He, Zhang, Ren, Sun 2016) with the layer names and the stride placement of torchvision (v1.5). */
import { z } from "zod";
import type { Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { add, flatten, globalAveragePool, maxPool, relu } from "../ops/emit.ts";
import { batchNorm2d } from "../nn/batch_norm.ts";
import { channels } from "../nn/channels.ts";
import { conv2d, type ConvOptions } from "../nn/conv.ts";

export const resnetParams = z.strictObject({
  width: z.int().min(4).max(256).default(64)
    .describe("channels of the stem and of the first stage; each later stage doubles them"),
  stem: z.enum(["imagenet", "small"]).default("imagenet")
    .describe("imagenet: 7x7 convolution and 3x3 max pool, both of stride 2; small: 3x3 convolution and 2x2 max pool"),
  image: z.int().min(16).max(1024).default(224).describe("side of the square input in pixels"),
});

export type ResnetParams = z.infer<typeof resnetParams>;

/** x [N,C,H,W] to [N,C',H/stride,W/stride], C' being `width` times the expansion of the kind of block. */
export type ResidualBlock = (x: Value, width: number, stride: number, scope: Scope) => Value;

/** Images [N,3,S,S] through the four stages of `depths[i]` blocks to the mean over the last map, [N,F]. */
export function resnet(
  images: Value,
  block: ResidualBlock,
  depths: readonly number[],
  params: ResnetParams,
  scope: Scope,
): Value {
  let x = stem(images, params, scope);
  depths.forEach((depth, stage) => {
    const layer = scope.child(`layer${stage + 1}`);
    for (let i = 0; i < depth; i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      x = block(x, params.width * 2 ** stage, stride, layer.child(i));
    }
  });
  return flatten(globalAveragePool(x));
}

function stem(images: Value, params: ResnetParams, scope: Scope): Value {
  const imagenet = params.stem === "imagenet";
  const geometry = imagenet ? { kernel: 7, stride: 2 } : { kernel: 3, stride: 1 };
  const maps = relu(normalizedConv(images, { out: params.width, ...geometry }, scope, "conv1", "bn1"));
  return imagenet ? maxPool(maps, { kernel: 3, stride: 2, padding: 1 }) : maxPool(maps, { kernel: 2, stride: 2 });
}

/** Two 3x3 convolutions beside the shortcut. */
export const basicBlock: ResidualBlock = (x, width, stride, scope) => {
  const y = relu(normalizedConv(x, { out: width, kernel: 3, stride }, scope, "conv1", "bn1"));
  const residual = normalizedConv(y, { out: width, kernel: 3 }, scope, "conv2", "bn2");
  return relu(add(residual, shortcut(x, width, stride, scope)));
};

const EXPANSION = 4;

/** 1x1, 3x3 and 1x1 convolutions beside the shortcut; the 3x3 one carries the stride. */
export const bottleneck: ResidualBlock = (x, width, stride, scope) => {
  const narrow = relu(normalizedConv(x, { out: width, kernel: 1 }, scope, "conv1", "bn1"));
  const y = relu(normalizedConv(narrow, { out: width, kernel: 3, stride }, scope, "conv2", "bn2"));
  const residual = normalizedConv(y, { out: EXPANSION * width, kernel: 1 }, scope, "conv3", "bn3");
  return relu(add(residual, shortcut(x, EXPANSION * width, stride, scope)));
};

/** x itself, or its projection where the block changes the number of channels or the size. */
function shortcut(x: Value, out: number, stride: number, scope: Scope): Value {
  if (stride === 1 && channels(x) === out) return x;
  return normalizedConv(x, { out, kernel: 1, stride }, scope.child("downsample"), "0", "1");
}

function normalizedConv(x: Value, options: ConvOptions, scope: Scope, conv: string, norm: string): Value {
  return batchNorm2d(conv2d(x, options, scope.child(conv)), scope.child(norm));
}
