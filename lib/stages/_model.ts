/** The model that a pipeline names, bound to its plug-ins and labels. */
import type { LabelSummary } from "../contracts/model.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import { byName, type Plugins } from "../contracts/plugins.ts";
import { bindBackbone, type Start } from "./_backbone.ts";

/**
 * @param labels by task name.
 * @param start what the backbone starts from.
 */
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

/** Side of the square input images in pixels. */
export function imageSize(pipeline: Pipeline, plugins: Plugins): number {
  const { use, params } = pipeline.backbone;
  return byName(plugins.backbones, use).image(params);
}
