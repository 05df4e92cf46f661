/** A model spec as graph, in parts: image to features, features to logits, logits to predictions and to the loss. */
import type { Scope } from "../contracts/model.ts";
import type { BackboneModel, ModelSpec, TaskModel } from "../contracts/model_spec.ts";
import type { Builder, Value } from "../contracts/op.ts";
import type { Dim } from "../graph/graph.ts";
import { preprocess } from "../nn/images.ts";
import { add, mul } from "../ops/emit.ts";
import { type ImageForm, imageInput } from "./image_input.ts";

/** The logits [N,L] of one task. */
export interface TaskLogits {
  readonly task: TaskModel;
  readonly logits: Value;
}

/** The input `image` of RGB 0 to 255 in the given form, as the backbone takes it: preprocessed, float32 [batch,3,S,S]. */
export function backboneInput(
  { plugin, params }: BackboneModel,
  batch: Dim,
  builder: Builder,
  form: ImageForm = "float32",
): Value {
  const images = imageInput(builder, batch, plugin.image(params), form);
  return preprocess(images, plugin.preprocessing?.(params));
}

/** Preprocessed images to features [N,F]. Its parameters have no prefix. */
export function buildBackbone(images: Value, { plugin, params, network }: BackboneModel, scope: Scope): Value {
  return plugin.build(images, params, scope, network);
}

/** Features [N,F] to the logits of every task. The parameters of a head start with `head.<task>.`. */
export function buildHeads(features: Value, { tasks }: ModelSpec, scope: Scope): readonly TaskLogits[] {
  return tasks.map((task) => {
    const under = scope.child("head").child(task.name);
    return { task, logits: task.head.plugin.build(features, task.labels, task.head.params, under) };
  });
}

/**
 * Adds the inputs `target/<task>` and `weight/<task>`, float32 [batch], the scalar output `loss/<task>` of each task and their
 * weighted sum `loss`, which it gives. `shares` multiplies the loss of a task by a scalar.
 */
export function addLosses(logits: readonly TaskLogits[], batch: Dim, shares?: ReadonlyMap<string, Value>): Value {
  const terms = logits.map((each) => taskLoss(each, batch, shares?.get(each.task.name)));
  const total = terms.reduce(add);
  total.builder.output("loss", total);
  return total;
}

/** The loss of one task times its factor in the sum. */
function taskLoss({ task, logits }: TaskLogits, batch: Dim, share: Value | undefined): Value {
  const { builder } = logits;
  const value = builder.input(`target/${task.name}`, "float32", [batch]);
  const weight = builder.input(`weight/${task.name}`, "float32", [batch]);
  const mean = task.loss.plugin.build(logits, { value, weight }, task.labels, task.loss.params);
  const loss = share === undefined ? mean : mul(mean, share);
  builder.output(`loss/${task.name}`, loss);
  return mul(loss, task.weight);
}
