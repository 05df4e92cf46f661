import assert from "node:assert/strict";
import { writtenPipeline } from "../../lib/pipeline/lock.ts";
import { compile } from "./_doors.ts";

const TEXT = `
extends: base.yaml
dataset: { crop: [0.1, 0, 0.9, 1] }
backbone: { use: onnx, path: face.onnx, image: 112, weights: face.csv, train: last 3, lr_scale: 0.1, batch_norm: train }
train: { accumulate: 2, average: 0.99, layer_decay: 0.8, precision: mixed, unfreeze: { head: 2, layers: 3, every: 4 } }
evaluate: { mirror: true }
`;

Deno.test("the lock is a pipeline file that means the same", async () => {
  const files = { "/home/face.onnx": "" };
  const pipeline = await compile(TEXT, { files });
  const lock = JSON.stringify(writtenPipeline(pipeline));
  assert.deepEqual({ ...await compile(lock, { files }), origins: {} }, { ...pipeline, origins: {} });
  assert.match(lock, /"path":"\/home\/face\.onnx"/);
});
