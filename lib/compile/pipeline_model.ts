/** The model that a pipeline names, bound to its plug-ins, its labels and what it starts from. */
import type { LabelSummary } from "../contracts/model.ts";
import type { BackboneModel, ModelSpec } from "../contracts/model_spec.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import { byName, type Plugins } from "../contracts/plugins.ts";

/** What a backbone starts from. */
export type Start = Pick<BackboneModel, "network" | "weights">;

/** @param labels by task name. */
export function bindModel(
  pipeline: Pipeline,
  plugins: Plugins,
  labels: Readonly<Record<string, LabelSummary>>,
  start: Start,
): ModelSpec {
  const { tasks, train } = pipeline;
  return {
    backbone: bindBackbone(pipeline, plugins, start),
    tasks: tasks.map((task) => ({
      name: task.name,
      head: { plugin: byName(plugins.heads, task.head.use), params: task.head.params },
      loss: { plugin: byName(plugins.losses, task.loss.use), params: task.loss.params },
      weight: task.weight,
      labels: labels[task.name],
    })),
    seed: train.seed,
  };
}

/** The backbone alone. */
export function bindBackbone({ backbone }: Pipeline, plugins: Plugins, start: Start): BackboneModel {
  const { use, params, train, lr_scale, batch_norm } = backbone;
  return {
    plugin: byName(plugins.backbones, use),
    params,
    ...start,
    ...train === "all" ? {} : { layers: train === "none" ? 0 : train },
    lrScale: lr_scale,
    frozenStatistics: batch_norm === "frozen",
  };
}

/** Side of the square input images in pixels. */
export function imageSize({ backbone }: Pipeline, plugins: Plugins): number {
  return byName(plugins.backbones, backbone.use).image(backbone.params);
}
