/**
 * One train step of whole networks at batches that webgpu gets wrong by itself: loss and gradients agree with the float64
 * reference. In the gradient of a filter the batch takes the place of the channels.
 */
import assert from "node:assert/strict";
import { type Tensors, toNumbers } from "../../../lib/base/tensor.ts";
import { compileTrainStep } from "../../../lib/compile/train_step.ts";
import type { ModelSpec } from "../../../lib/contracts/model_spec.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import type { Graph } from "../../../lib/graph/graph.ts";
import { lower } from "../../../lib/lowering/mod.ts";
import { makeSound } from "../../../lib/lowering/sound/mod.ts";
import { evaluate } from "../../../lib/ops/evaluate.ts";
import { batchOf, optimizer, scalarOf } from "../../compile/_models.ts";
import { testOnWebgpu, webgpu } from "./_judge.ts";
import { NETWORKS, tasks } from "./_networks.ts";

/** Accepted length of the error of the loss and of a gradient, in parts of what it should be. */
const TOLERANCE = 1e-3;

function stepOf(model: ModelSpec, batch: number) {
  const step = compileTrainStep(model, { batch, optimizer: optimizer("sgd"), clip: null });
  const feeds: Tensors = { ...batchOf(batch, tasks), ...step.initial, lr: scalarOf(0.01), step: scalarOf(1) };
  return { ...step, feeds };
}

type Step = ReturnType<typeof stepOf>;

/** After the first step the momentum is the gradient. */
const gradientOf = (parameter: string): string => `next/momentum/${parameter}`;

function lengthOf(values: ArrayLike<number>): number {
  return Math.hypot(...Array.from(values));
}

/** Gradients far smaller than the others, as those before a normalisation may be, count as parts of the whole. */
function assertAgree(got: Tensors, wanted: Tensors, parameters: readonly string[]): void {
  const [loss, expected] = [got.loss, wanted.loss].map((value) => Number(value.data[0]));
  assert.ok(
    Math.abs(loss - expected) <= TOLERANCE * Math.abs(expected),
    `the loss is ${loss}, it should be ${expected}`,
  );
  const whole = Number(wanted.gradient_norm.data[0]);
  for (const parameter of parameters) {
    const [a, b] = [got, wanted].map((values) => toNumbers(values[gradientOf(parameter)]));
    const apart = lengthOf(b.map((x, i) => x - a[i]));
    const size = lengthOf(b) + TOLERANCE * whole;
    assert.ok(apart <= TOLERANCE * size, `the gradient of ${parameter} is ${apart} apart at a size of ${size}`);
  }
}

async function judge({ graph, feeds, parameters }: Step, lowering = (graph: Graph) => graph): Promise<void> {
  const fetches = ["loss", "gradient_norm", ...parameters.map(gradientOf)];
  await using session = await webgpu.open(encodeModel(lowering(graph)));
  assertAgree(await session.run(feeds, fetches), evaluate(graph, feeds, fetches), parameters);
}

for (const [name, model] of Object.entries(NETWORKS)) {
  for (const batch of [6, 8, 9]) {
    testOnWebgpu(`A step of ${name} on ${batch} images`, async () => {
      await judge(stepOf(model, batch));
    });
  }
  testOnWebgpu(`A lowered step of ${name} on 6 images`, async () => {
    await judge(stepOf(model, 6), (graph) => lower(graph, { provider: "webgpu" }));
  });
}

Deno.test("A step on 8 images is left as it is, one on 6 is not", () => {
  const [eight, six] = [8, 6].map((batch) => stepOf(NETWORKS["a convnet"], batch).graph);
  assert.equal(makeSound(eight), eight);
  assert.notEqual(makeSound(six), six);
});
