/** The first train step of whole networks, lowered and as it is, on the same runtime. */
import assert from "node:assert/strict";
import { backbones } from "../../lib/backbones/mod.ts";
import { type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import { compileTrainStep, type TrainStep } from "../../lib/compile/train_step.ts";
import { byName } from "../../lib/contracts/plugins.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { lower } from "../../lib/lowering/mod.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import { testUnless } from "../_present.ts";
import { batchOf, noise, optimizer, scalarOf, task } from "../compile/_models.ts";

const provider = createProvider("cpu");
const reason = await provider.unavailable();
const BATCH = 3;

/** Lowered for other providers too, where that is quick: what they get consists of operators that this one has as well. */
const OTHERS = [{ provider: "wasm" }, { provider: "webgpu" }] as const;

const NETS = [
  { use: "resnet18", params: { width: 8, image: 40, stem: "imagenet" }, others: OTHERS },
  { use: "resnet50", params: { width: 8, image: 32, stem: "small" }, others: [] },
  { use: "resnet18", params: { width: 12, image: 36, stem: "small" }, others: [] },
  { use: "convnet", params: { width: 8, image: 24 }, others: OTHERS },
];

function stepOf(use: string, params: unknown): TrainStep {
  const plugin = byName(backbones, use);
  const backbone = { plugin, params: plugin.params.parse(params) };
  const model = { backbone, tasks: [task("classification", "ce")], seed: 2 };
  return compileTrainStep(model, { batch: BATCH, optimizer: optimizer("sgd", { momentum: 0 }), clip: null });
}

async function outputs(graph: Graph, step: TrainStep, image: number): Promise<Tensors> {
  await using session = await provider.open(encodeModel(graph));
  const feeds = { ...batchOf(BATCH, [task("classification", "ce")]), image: noise([BATCH, 3, image, image], 4, 255) };
  return await session.run({ ...feeds, ...step.initial, lr: scalarOf(0.1), step: scalarOf(1) });
}

/** Length of the difference over the length of the second. */
function distance(a: Float64Array, b: Float64Array): number {
  const length = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length(a.map((value, i) => value - b[i])) / Math.max(length(b), 1e-6);
}

for (const { use, params, others } of NETS) {
  const name = `The train step of ${use} of width ${params.width} on ${params.image} pixels is the same when lowered`;
  testUnless(reason, name, async () => {
    const step = stepOf(use, params);
    const wanted = await outputs(step.graph, step, params.image);
    const block = await provider.blockSize?.();
    for (const target of [{ provider: "cpu", block }, ...others] as const) {
      const got = await outputs(lower(step.graph, target), step, params.image);
      for (const [name, value] of Object.entries(wanted)) {
        const apart = distance(toNumbers(got[name]), toNumbers(value));
        assert.ok(apart < 1e-3, `${name} for ${target.provider} is ${apart} apart`);
      }
    }
  });
}
