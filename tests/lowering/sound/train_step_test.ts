/**
 * One train step of whole networks at batches that webgpu gets wrong by itself: loss and gradients agree with the float64
 * reference. In the gradient of a filter the batch takes the place of the channels.
 */
import assert from "node:assert/strict";
import { basicBlock, resnet, type ResnetParams, resnetParams } from "../../../lib/backbones/_resnet.ts";
import { convnet } from "../../../lib/backbones/convnet.ts";
import { type Tensors, toNumbers } from "../../../lib/base/tensor.ts";
import { compileTrainStep } from "../../../lib/compile/train_step.ts";
import type { Backbone, ModelSpec } from "../../../lib/contracts/model.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { makeSound } from "../../../lib/lowering/sound/mod.ts";
import { evaluate } from "../../../lib/ops/evaluate.ts";
import { batchOf, optimizer, scalarOf, task } from "../../compile/_models.ts";
import { testOnWebgpu, webgpu } from "./_judge.ts";

/** Accepted length of the error of the loss and of a gradient, in parts of what it should be. */
const TOLERANCE = 1e-3;

const tasks = [task("classification", "ce")];

/** A stem, a plain block and one that halves the image and doubles the channels. */
const smallResnet: Backbone<ResnetParams> = {
  name: "small_resnet",
  about: "Two residual blocks",
  params: resnetParams,
  image: ({ image }) => image,
  build: (images, params, scope) => resnet(images, basicBlock, [1, 1], params, scope),
};

function resnetModel(stem: string): ModelSpec {
  const params = resnetParams.parse({ width: 8, stem, image: 16 });
  return { backbone: { plugin: smallResnet, params }, tasks, seed: 3 };
}

const MODELS: Readonly<Record<string, ModelSpec>> = {
  "a ResNet with a small stem": resnetModel("small"),
  "a ResNet with the stem of ImageNet": resnetModel("imagenet"),
  "a convnet": {
    backbone: { plugin: convnet, params: convnet.params.parse({ width: 4, depth: 3, image: 16 }) },
    tasks,
    seed: 1,
  },
};

function stepOf(model: ModelSpec, batch: number) {
  const step = compileTrainStep(model, { batch, optimizer: optimizer("sgd"), clip: null });
  const feeds: Tensors = { ...batchOf(batch, tasks), ...step.initial, lr: scalarOf(0.01), step: scalarOf(1) };
  return { ...step, feeds };
}

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

for (const [name, model] of Object.entries(MODELS)) {
  for (const batch of [6, 8, 9]) {
    testOnWebgpu(`A step of ${name} on ${batch} images`, async () => {
      const { graph, feeds, parameters } = stepOf(model, batch);
      const fetches = ["loss", "gradient_norm", ...parameters.map(gradientOf)];
      await using session = await webgpu.open(encodeModel(graph));
      assertAgree(await session.run(feeds, fetches), evaluate(graph, feeds, fetches), parameters);
    });
  }
}

Deno.test("A step on 8 images is left as it is, one on 6 is not", () => {
  const [eight, six] = [8, 6].map((batch) => stepOf(MODELS["a convnet"], batch).graph);
  assert.equal(makeSound(eight), eight);
  assert.notEqual(makeSound(six), six);
});
