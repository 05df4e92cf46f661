/**
 * Three train steps of a small ResNet agree on every provider: loss, weights and running statistics within a thousandth of the
 * float64 reference.
 */
import assert from "node:assert/strict";
import { basicBlock, resnet, type ResnetParams, resnetParams } from "../../../lib/backbones/_resnet.ts";
import { type Tensors, toNumbers } from "../../../lib/base/tensor.ts";
import { compileTrainStep, type TrainStep } from "../../../lib/compile/train_step.ts";
import type { Backbone } from "../../../lib/contracts/model.ts";
import type { ModelSpec } from "../../../lib/contracts/model_spec.ts";
import type { Provider } from "../../../lib/contracts/provider.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { lower } from "../../../lib/lowering/mod.ts";
import { createProvider } from "../../../runners/providers/mod.ts";
import { batchOf, optimizer, PAIRS, scalarOf, task } from "../../compile/_models.ts";
import { testOnEach } from "./_available.ts";

const STEPS = 3;
const BATCH = 4;
const TOLERANCE = 1e-3;

/** A stem, a plain block and a block that halves the image and doubles the channels, as in a ResNet of torchvision. */
const smallResnet: Backbone<ResnetParams> = {
  name: "small_resnet",
  about: "Two residual blocks",
  params: resnetParams,
  image: ({ image }) => image,
  build: (images, params, scope) => resnet(images, basicBlock, [1, 1], params, scope),
};

function stepOf(head: string, loss: string, use: string): TrainStep {
  const params = resnetParams.parse({ width: 8, stem: "small", image: 16 });
  const model: ModelSpec = { backbone: { plugin: smallResnet, params }, tasks: [task(head, loss)], seed: 3 };
  return compileTrainStep(model, { batch: BATCH, optimizer: optimizer(use), clip: 5 });
}

interface Trained {
  readonly losses: readonly number[];
  readonly state: Tensors;
}

async function train(step: TrainStep, provider: Provider, feeds: Tensors): Promise<Trained> {
  const graph = lower(step.graph, { provider: provider.name, block: await provider.blockSize?.() });
  await using session = await provider.open(encodeModel(graph), { carry: step.carry });
  const losses: number[] = [];
  for (let i = 1; i <= STEPS; i++) {
    const state = i === 1 ? step.initial : {};
    const { loss } = await session.run({ ...feeds, ...state, lr: scalarOf(0.01), step: scalarOf(i) }, ["loss"]);
    losses.push(Number(loss.data[0]));
  }
  return { losses, state: await session.carried([...step.parameters, ...step.buffers]) };
}

/** Length of the difference of two tensors over the length of the second. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [apart, length] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    apart += (a[i] - b[i]) ** 2;
    length += b[i] ** 2;
  }
  return Math.sqrt(apart / Math.max(length, 1e-12));
}

const judged = new Map<string, Promise<Trained>>();

/** What the reference gives, computed once for all providers. */
function judge(key: string, step: TrainStep, feeds: Tensors): Promise<Trained> {
  const known = judged.get(key) ?? train(step, createProvider("reference"), feeds);
  judged.set(key, known);
  return known;
}

const CASES = [...PAIRS.map((pair) => [...pair, "sgd"]), ["classification", "ce", "adamw"]];

for (const [head, loss, use] of CASES) {
  await testOnEach(`Train steps of ${head} with ${loss} and ${use} agree`, async (provider) => {
    const step = stepOf(head, loss, use);
    const feeds = batchOf(BATCH, [task(head, loss)]);
    const wanted = await judge([head, loss, use].join(), step, feeds);
    const got = await train(step, provider, feeds);
    assert.equal(new Set(wanted.losses).size, STEPS);
    wanted.losses.forEach((value, i) => {
      const apart = Math.abs(got.losses[i] - value) / Math.abs(value);
      assert.ok(apart < TOLERANCE, `the loss of step ${i + 1} is ${got.losses[i]}, ${value} in float64`);
    });
    for (const [name, value] of Object.entries(wanted.state)) {
      const apart = distance(toNumbers(got.state[name]), toNumbers(value));
      assert.ok(apart < TOLERANCE, `${name} is ${apart} from its value in float64`);
    }
  }, ["webgpu", "cpu", "wasm"]);
}
