/** A backbone that does not train: its features are computed once, for any number of heads. */
import assert from "node:assert/strict";
import { readHistory } from "../../lib/stages/_csv.ts";
import type { FeatureIndex } from "../../lib/stages/_feature_table.ts";
import { openModel, type RunResult, Stopped } from "../../mod.ts";
import { decodeSafetensors } from "../../lib/graph/safetensors.ts";
import { type EngineOptions, ran, runTrial } from "../e2e/_engine.ts";
import { networkBytes, networkWeights, ONNX } from "../e2e/_network.ts";
import { testTrial } from "../e2e/_tests.ts";
import { type Settings, type Trial, writePipeline } from "../e2e/_trial.ts";

const ONLY = ["pretrained", "dataset", "images", "features", "train", "export", "evaluate"];
const FROZEN: Settings = {
  backbone: { ...ONNX, train: "none" },
  augmentation: ["flip"],
  train: { epochs: 3, batch: 8, optimizer: { use: "adamw", lr: 0.01 } },
};

function test(name: string, fn: (trial: Trial) => Promise<void>): void {
  testTrial(name, { settings: FROZEN, faces: 80 }, fn);
}

function run(trial: Trial, options: EngineOptions = {}): Promise<RunResult> {
  return runTrial(trial, { only: ONLY, ...options });
}

/** MAE of the validation part: by training on features, and by the exported model on images. */
async function validationErrors(result: RunResult): Promise<{ trained: number; exported: number }> {
  const history = readHistory(await (await result.open("train.history")).text());
  const { validation } = JSON.parse(await (await result.open("evaluate.metrics")).text());
  return { trained: Math.min(...history.map((row) => row.validation_mae)), exported: validation.mae };
}

test("the exported model does on images what the head did on features", async (trial) => {
  const plain = await validationErrors(await run(trial));
  assert.ok(Math.abs(plain.trained - plain.exported) < 1e-3, JSON.stringify(plain));
  writePipeline(trial.file, { ...FROZEN, evaluate: { mirror: true } });
  const both = await validationErrors(await run(trial));
  assert.ok(Math.abs(both.trained - both.exported) < 1e-3, JSON.stringify(both));
  assert.notEqual(both.exported, plain.exported);
});

test("heads, losses and training settings share the features; the backbone's weights do not change", async (trial) => {
  const first = await run(trial);
  assert.deepEqual(ran(first), ["dataset", "pretrained", "images", "features", "train", "export", "evaluate"]);
  writePipeline(trial.file, { ...FROZEN, head: "coral", loss: "coral" });
  const second = await run(trial);
  assert.deepEqual(ran(second), ["train", "export", "evaluate"]);
  const { weights } = decodeSafetensors(await (await second.open("export.weights")).bytes());
  const own = networkWeights();
  assert.deepEqual(weights["layer1.conv.weight"], own["layer1.conv.weight"]);
  assert.ok(Object.keys(weights).some((name) => name.startsWith("head.age.")));
});

test("the table holds what the network gives for each image and its mirror image", async (trial) => {
  const result = await run(trial);
  const index: FeatureIndex = JSON.parse(await (await result.open("features.index")).text());
  assert.deepEqual(index, { rows: 80, views: 2, features: 8 });
  const table = new Float32Array((await (await result.open("features.table")).bytes()).slice().buffer);
  const packed = await (await result.open("images.packed")).bytes();
  await using network = await openModel(networkBytes(), { provider: "cpu" });
  for (const row of [0, 79]) {
    for (const view of [0, 1]) {
      const { features } = await network.run({ image: imageAt(packed, row, view === 1) });
      const at = (row * 2 + view) * 8;
      assertNear(table.subarray(at, at + 8), features.data as Float32Array);
    }
  }
});

function imageAt(packed: Uint8Array, row: number, mirrored: boolean) {
  const data = new Float32Array(3 * 16 * 16);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 16; x++) {
        const from = mirrored ? 15 - x : x;
        data[(c * 16 + y) * 16 + x] = packed[((row * 16 + y) * 16 + from) * 3 + c];
      }
    }
  }
  return { type: "float32", dims: [1, 3, 16, 16], data } as const;
}

function assertNear(actual: Float32Array, expected: Float32Array): void {
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(actual[i] - value) <= 1e-4 * (1 + Math.abs(value)), `${i}: ${actual[i]}, not ${value}`);
  }
}

test("without mirroring there is one view of each image", async (trial) => {
  writePipeline(trial.file, { ...FROZEN, augmentation: [] });
  const result = await run(trial);
  const { views } = JSON.parse(await (await result.open("features.index")).text());
  assert.equal(views, 1);
});

test("features that were computed are not computed again after a stop", async (trial) => {
  const stop = new AbortController();
  const interrupted = run(trial, {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === "progress" && event.stage === "features") stop.abort(new Stopped("interrupted"));
    },
  });
  await assert.rejects(interrupted, { name: "Stopped", reason: "interrupted" });
  const counts: number[] = [];
  await run(trial, {
    onEvent: (event) => {
      if (event.kind === "progress" && event.stage === "features") counts.push(event.progress.done);
    },
  });
  assert.deepEqual(counts, [80], "the first 64 came from the checkpoint");
});
