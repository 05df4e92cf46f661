/** Small models for the tests of the compiler. */
import { z } from "zod";
import type { Tensor, Tensors } from "../../lib/base/tensor.ts";
import { random } from "../../lib/base/random.ts";
import { sizeOf } from "../../lib/base/tensor.ts";
import { backbones } from "../../lib/backbones/mod.ts";
import type { Backbone, LabelSummary } from "../../lib/contracts/model.ts";
import type { BackboneModel, ModelSpec, TaskModel } from "../../lib/contracts/model_spec.ts";
import { byName } from "../../lib/contracts/plugins.ts";
import { heads } from "../../lib/heads/mod.ts";
import { losses } from "../../lib/losses/mod.ts";
import { conv2d } from "../../lib/nn/conv.ts";
import { heNormal, ones, zeros } from "../../lib/nn/initializers.ts";
import { add, flatten, globalAveragePool, mul, relu } from "../../lib/ops/emit.ts";
import { optimizers } from "../../lib/optim/optimizers/mod.ts";

export const AGES: LabelSummary = { first: 20, last: 24, mean: 21.8, std: 1.3, counts: [5, 4, 3, 2, 2] };

/** The loss that a head is tried with. */
export const PAIRS = [
  ["regression", "l1"],
  ["regression", "mse"],
  ["regression", "huber"],
  ["classification", "ce"],
  ["classification", "amr"],
  ["coral", "coral"],
  ["corn", "corn"],
] as const;

interface TaskOptions {
  readonly name?: string;
  readonly weight?: number;
  readonly head?: unknown;
  readonly loss?: unknown;
}

export function task(head: string, loss: string, options: TaskOptions = {}): TaskModel {
  const headPlugin = byName(heads, head);
  const lossPlugin = byName(losses, loss);
  return {
    name: options.name ?? "age",
    head: { plugin: headPlugin, params: headPlugin.params.parse(options.head ?? {}) },
    loss: { plugin: lossPlugin, params: lossPlugin.params.parse(options.loss ?? {}) },
    weight: options.weight ?? 1,
    labels: AGES,
  };
}

/** A net of two layers with four and eight channels on images of 16x16. */
export function tinyModel(tasks: readonly TaskModel[], seed = 1): ModelSpec {
  const plugin = byName(backbones, "convnet");
  const params = plugin.params.parse({ width: 4, depth: 2, image: 16 });
  return { backbone: { plugin, params }, tasks, seed };
}

/** Two convolutions without normalisation, and a parameter that the features do not depend on. */
const plainNet: Backbone<unknown> = {
  name: "plain",
  about: "Two convolutions",
  params: z.unknown(),
  image: () => 16,
  build(images, _params, scope) {
    const unused = scope.child("unused");
    mul(unused.parameter("weight", [4, 4], heNormal), unused.parameter("scale", [4], ones));
    const shifted = add(images, scope.parameter("shift", [1], zeros));
    const first = relu(conv2d(shifted, { out: 4, kernel: 3, stride: 2, bias: true }, scope.child("first")));
    const second = relu(conv2d(first, { out: 6, kernel: 3, stride: 2, bias: true }, scope.child("second")));
    return flatten(globalAveragePool(second));
  },
};

/** A net of two layers without normalisation on images of 16x16. */
export function plainModel(tasks: readonly TaskModel[], how: Partial<BackboneModel> = {}): ModelSpec {
  return { backbone: { plugin: plainNet, params: {}, ...how }, tasks, seed: 1 };
}

/** `tinyModel` with another way of training its backbone. */
export function tinyModelWith(tasks: readonly TaskModel[], how: Partial<BackboneModel>): ModelSpec {
  const model = tinyModel(tasks);
  return { ...model, backbone: { ...model.backbone, ...how } };
}

export function optimizer(use: string, params: unknown = {}) {
  const plugin = byName(optimizers, use);
  return { plugin, params: plugin.params.parse(params) };
}

/** Random images with labels that go round the ages, weight 1. */
export function batchOf(size: number, tasks: readonly TaskModel[], seed = 5): Tensors {
  const feeds: Record<string, Tensor> = { image: noise([size, 3, 16, 16], seed, 255) };
  for (const { name, labels } of tasks) {
    const ages = Float32Array.from({ length: size }, (_, i) => labels.first + (3 * i) % labels.counts.length);
    feeds[`target/${name}`] = { type: "float32", dims: [size], data: ages };
    feeds[`weight/${name}`] = { type: "float32", dims: [size], data: new Float32Array(size).fill(1) };
  }
  return feeds;
}

/** Uniform in [0, scale). */
export function noise(dims: readonly number[], seed: number, scale = 1): Tensor {
  const stream = random("test", seed);
  return { type: "float32", dims, data: Float32Array.from({ length: sizeOf(dims) }, () => scale * stream.uniform()) };
}

export function scalarOf(value: number): Tensor {
  return { type: "float32", dims: [], data: Float32Array.of(value) };
}

/** The images with left and right exchanged. */
export function flipped({ type, dims, data }: Tensor): Tensor {
  const width = dims[3];
  const place = (i: number): number => i - i % width + width - 1 - i % width;
  const turned = Float32Array.from({ length: data.length }, (_, i) => Number(data[place(i)]));
  return { type, dims, data: turned };
}
