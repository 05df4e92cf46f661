/** The train step that a pipeline comes to, as far as it can be told before the dataset is read. */
import { compileTrainStep, type TrainStep } from "../compile/train_step.ts";
import { featureCount } from "../compile/features.ts";
import { bindModel, type Start } from "../compile/pipeline_model.ts";
import type { LabelSummary } from "../contracts/model.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import { byName, type Plugins } from "../contracts/plugins.ts";

/** Classes of a task whose column has not been read; each costs one row of the head. */
const CLASSES = 10;

/** The model with labels that are spread evenly over their range; a task other than age has ten classes. */
export function expectedModel(pipeline: Pipeline, plugins: Plugins, start: Start): ModelSpec {
  const [first, last] = pipeline.dataset.ages;
  const labels = pipeline.tasks.map(({ name }) =>
    [name, name === "age" ? evenly(first, last) : evenly(0, CLASSES - 1)] as const
  );
  return bindModel(pipeline, plugins, Object.fromEntries(labels), start);
}

function evenly(first: number, last: number): LabelSummary {
  const length = last - first + 1;
  return {
    first,
    last,
    mean: (first + last) / 2,
    std: Math.max(1, length / Math.sqrt(12)),
    counts: new Array<number>(length).fill(1),
  };
}

/**
 * The step with as many layers trained as ever will be.
 * @param batch images in one run of the graph.
 * @param accumulate whether batches come in parts; default: as the pipeline has it.
 */
export function expectedStep(
  { backbone, train }: Pipeline,
  plugins: Plugins,
  model: ModelSpec,
  { batch, accumulate = train.accumulate > 1 }: { readonly batch: number; readonly accumulate?: boolean },
): TrainStep {
  return compileTrainStep(model, {
    batch,
    features: backbone.train === "none" ? featureCount(model) : undefined,
    optimizer: { plugin: byName(plugins.optimizers, train.optimizer.use), params: train.optimizer.params },
    clip: train.clip,
    accumulate,
    average: train.average,
    layerDecay: train.layer_decay,
    precision: train.precision,
  });
}
