import { z } from "zod";
import type { Backbone, Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { flatten, globalAveragePool, maxPool, relu } from "../ops/emit.ts";
import { batchNorm2d } from "../nn/batch_norm.ts";
import { conv2d } from "../nn/conv.ts";

const params = z.strictObject({
  width: z.int().min(1).max(256).default(16).describe("channels of the first layer; each later layer doubles them"),
  depth: z.int().min(1).max(4).default(3).describe("number of layers, each of which halves the image"),
  image: z.int().min(16).max(256).default(32).describe("side of the square input in pixels"),
});

type Params = z.infer<typeof params>;

export const convnet: Backbone<Params> = {
  name: "convnet",
  about: "A few 3x3 convolutions with max pooling, for quick trials and small images",
  params,
  image: ({ image }) => image,
  build(images, { width, depth }, scope) {
    let x = images;
    for (let i = 0; i < depth; i++) x = layer(x, width * 2 ** i, scope.child(`layer${i + 1}`));
    return flatten(globalAveragePool(x));
  },
};

/** x [N,C,H,W] to [N,out,H/2,W/2]: convolution, batch normalisation, ReLU, 2x2 max pool. */
function layer(x: Value, out: number, scope: Scope): Value {
  const maps = batchNorm2d(conv2d(x, { out, kernel: 3 }, scope.child("conv")), scope.child("bn"));
  return maxPool(relu(maps), { kernel: 2, stride: 2 });
}
