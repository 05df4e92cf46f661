import assert from "node:assert/strict";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { builtin } from "../../lib/pipeline/builtin.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { flatten } from "../../lib/ops/emit.ts";
import { methodOf } from "../../lib/stages/_method.ts";

const BACKBONE = {
  use: "resnet18",
  params: {},
  weights: null,
  train: "all",
  lr_scale: 1,
  batch_norm: "train",
} as const;
const TRAIN = {
  lr: 0.002,
  batch: 64,
  optimizer: { use: "adamw", params: {} },
  schedule: { use: "one_cycle", params: {} },
  accumulate: 1,
  precision: "float32",
  average: null,
  layer_decay: 1,
  unfreeze: null,
} as const;

function told(backbone: object = {}, train: object = {}, mirror = false, network?: Graph): Record<string, string> {
  const pipeline = {
    backbone: { ...BACKBONE, ...backbone },
    train: { ...TRAIN, ...train },
    evaluate: { mirror },
  } as unknown as Pipeline;
  return methodOf(pipeline, builtin, network);
}

Deno.test("from scratch", () => {
  assert.deepEqual(told(), {
    backbone: "resnet18",
    "starts from": "random weights",
    trains: "the backbone and the head",
    "learning rate": "at most 0.002 (adamw, one_cycle)",
    batches: "64 images",
    "weights kept": "those of the best epoch",
    predicts: "each image as it is",
  });
});

Deno.test("frozen, by the names of the files without their folders", () => {
  const backbone = {
    use: "onnx",
    params: { path: "/far/away/face.onnx" },
    train: "none",
    batch_norm: "frozen",
    lr_scale: 3,
  };
  const words = told(backbone, {}, true);
  assert.equal(words["starts from"], "face.onnx");
  assert.equal(words.trains, "the head alone, on features that were computed once");
  assert.equal(words["learning rate"], "at most 0.002 (adamw, one_cycle)");
  assert.equal(words.predicts, "the mean over each image and its mirror image");
});

Deno.test("the tensor that is taken for the features, where a network is read from a file", () => {
  const builder = createBuilder();
  builder.output("embedding", flatten(builder.input("image", "float32", ["N", 3, 8, 8])));
  const params = { path: "/a/face.onnx", image: 8, output: null, pool: "average" };
  const { features } = told({ use: "onnx", params }, {}, false, builder.finish());
  assert.equal(features, '"embedding" [N, 192], the first output, since no classifier was found');
});

Deno.test("fine-tuned with everything", () => {
  const backbone = { weights: "/a/b.safetensors", train: 3, batch_norm: "frozen", lr_scale: 0.1 };
  const unfreeze = { head: 1, layers: 2, every: 3 };
  const words = told(backbone, { unfreeze, layer_decay: 0.8, accumulate: 4, precision: "mixed", average: 0.99 });
  assert.equal(words["starts from"], "b.safetensors");
  assert.equal(
    words.trains,
    "the last 3 layers of the backbone and the head; 1 epoch the head alone, then 2 layers more every 3 epochs; " +
      "batch normalisation keeps its statistics",
  );
  assert.equal(
    words["learning rate"],
    "at most 0.002 (adamw, one_cycle), times 0.1 in the backbone, times 0.8 from each of its layers to the one before",
  );
  assert.equal(words.batches, "64 images, in 4 parts, in mixed precision");
  assert.equal(words["weights kept"], "averages over the steps with decay 0.99, of the best epoch");
});
