/** Any ONNX network as a backbone: its weights become parameters, its classifier is cut off. */
import { z } from "zod";
import { UserError } from "../base/errors.ts";
import type { Backbone, Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { GraphError } from "../graph/errors.ts";
import type { Dim, Graph } from "../graph/graph.ts";
import { flatten, globalAveragePool, reduceMean } from "../ops/emit.ts";
import { imageNetwork } from "./_onnx_input.ts";
import { emitNetwork } from "./_onnx_emit.ts";
import { type FeatureNetwork, featureNetwork } from "./_onnx_output.ts";
import { featureWords } from "./_onnx_words.ts";

/** One number for all channels, or three. */
const perChannel = z.union([z.number(), z.tuple([z.number(), z.number(), z.number()])]);
const perChannelScale = z.union([
  z.number().positive(),
  z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
]);

const params = z.strictObject({
  path: z.string().min(1).describe("the ONNX file, relative to the file that names it"),
  output: z.string().min(1).nullable().default(null)
    .describe("name of the tensor that holds the features; null: what the classifier at the end takes"),
  pool: z.enum(["average", "flatten"]).default("average")
    .describe("how maps [N,F,H,W] or tokens [N,T,F] become features: their mean, or all of their numbers"),
  image: z.int().min(8).max(1024).default(112).describe("side of the square input in pixels"),
  color: z.enum(["rgb", "bgr"]).default("rgb").describe("order of the channels that the network takes"),
  range: z.tuple([z.number(), z.number()]).refine(([black, white]) => black !== white, "black and white must differ")
    .default([0, 255])
    .describe("what black and white become before mean and std"),
  mean: perChannel.default(0).describe("subtracted after that, one number or one per channel in the order of color"),
  std: perChannelScale.default(1).describe("divides after that, one number or one per channel in the order of color"),
});

export type OnnxParams = z.infer<typeof params>;

export const onnx: Backbone<OnnxParams> = {
  name: "onnx",
  about: "A network from an ONNX file, without its classifier; its weights are the first ones",
  params,
  file: "path",
  image: ({ image }) => image,
  preprocessing: ({ color, range, mean, std }) => ({ color, range, mean: three(mean), std: three(std) }),
  build(images, settings, scope, network) {
    if (network === undefined) throw new TypeError('Cannot build the backbone "onnx": its network is not given');
    return naming(settings.path, () => features(images, settings, scope, network));
  },
  featuresOf: (settings, network) => naming(settings.path, () => featureWords(upTo(ONE, settings, network), settings)),
};

/** Images in a batch where their number does not matter. */
const ONE = 1;

function three(value: number | readonly number[]): readonly number[] {
  return typeof value === "number" ? [value, value, value] : value;
}

function features(images: Value, settings: OnnxParams, scope: Scope, network: Graph): Value {
  const upToFeatures = upTo(images.shape[0], settings, network);
  return pooled(emitNetwork(upToFeatures, images, scope), images, settings.pool);
}

/** The network up to its features, for a batch of images. */
function upTo(batch: Dim, { image, output }: OnnxParams, network: Graph): FeatureNetwork {
  return featureNetwork(imageNetwork(network, image), [batch, 3, image, image], output);
}

/** A misfit of the file is the user's to mend: the error names it. */
function naming<T>(path: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof GraphError || error instanceof UserError)) throw error;
    const reason = error.message.replace(/^Cannot/, "cannot");
    throw new UserError(`Cannot build the backbone "${path}": ${reason}`, { cause: error });
  }
}

/** Maps [N,F,H,W], tokens [N,T,F] or features [N,F] to features [N,F]. */
function pooled(x: Value, images: Value, pool: OnnxParams["pool"]): Value {
  const shape = `[${x.shape.join(", ")}]`;
  if (x.type !== "float32") throw new UserError(`the output holds ${x.type} numbers, name another "output"`);
  if (x.shape.length < 2 || x.shape.length > 4 || x.shape[0] !== images.shape[0]) {
    throw new UserError(`the output has the shape ${shape}, name an "output" [N,F], [N,T,F] or [N,F,H,W]`);
  }
  if (x.shape.length === 2) return x;
  if (pool === "flatten") return flatten(x);
  return x.shape.length === 3 ? reduceMean(x, [1]) : flatten(globalAveragePool(x));
}
