/** A model spec as graph: from images to the logits of every task, the same way for training and for inference. */
import type { Scope } from "../contracts/model.ts";
import type { ModelSpec, TaskModel } from "../contracts/model_spec.ts";
import type { Builder, Value } from "../contracts/op.ts";
import type { Dim } from "../graph/graph.ts";
import { preprocess } from "../nn/images.ts";
import { add, mul } from "../ops/emit.ts";

/** The logits [N,L] of one task. */
export interface TaskLogits {
  readonly task: TaskModel;
  readonly logits: Value;
}

/**
 * Adds the input `image`, float32 [batch,3,S,S] of RGB 0 to 255, and the network behind it. The backbone's parameters have no
 * prefix, those of a head start with `head.<task>.`.
 */
export function buildModel(model: ModelSpec, batch: Dim, builder: Builder, scope: Scope): readonly TaskLogits[] {
  const { plugin, params, network } = model.backbone;
  const side = plugin.image(params);
  const images = builder.input("image", "float32", [batch, 3, side, side]);
  const features = plugin.build(preprocess(images, plugin.preprocessing?.(params)), params, scope, network);
  return model.tasks.map((task) => {
    const under = scope.child("head").child(task.name);
    return { task, logits: task.head.plugin.build(features, task.labels, task.head.params, under) };
  });
}

/**
 * Adds the inputs `target/<task>` and `weight/<task>`, float32 [batch], the scalar output `loss/<task>` of each task and their
 * weighted sum `loss`, which it gives.
 */
export function addLosses(logits: readonly TaskLogits[], batch: Dim, builder: Builder): Value {
  const terms = logits.map((each) => taskLoss(each, batch, builder));
  const total = terms.reduce(add);
  builder.output("loss", total);
  return total;
}

/** The loss of one task times its factor in the sum. */
function taskLoss({ task, logits }: TaskLogits, batch: Dim, builder: Builder): Value {
  const value = builder.input(`target/${task.name}`, "float32", [batch]);
  const weight = builder.input(`weight/${task.name}`, "float32", [batch]);
  const loss = task.loss.plugin.build(logits, { value, weight }, task.labels, task.loss.params);
  builder.output(`loss/${task.name}`, loss);
  return mul(loss, task.weight);
}
