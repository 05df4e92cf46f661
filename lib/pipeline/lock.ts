/** `pipeline.lock`: everything that says what a run was, enough to repeat it elsewhere. */
import type { BackboneSpec, Pipeline, TaskSpec, TrainSpec, Use } from "../contracts/pipeline.ts";
import type { Outcome } from "../contracts/store.ts";
import type { StageResult } from "./events.ts";
import type { Recipe } from "./key.ts";

const ABOUT =
  "Written by ageline. The value of `pipeline` is a pipeline file of its own, as JSON is YAML: save it to repeat the run.";

/** The text of the lock: JSON, the same for the same run. */
export function lockText(
  pipeline: Pipeline,
  provider: string,
  stages: readonly StageResult[],
  outcomes: ReadonlyMap<string, Outcome>,
): string {
  const locked = stages.map(({ name, key }) => lockedStage(key, outcomes.get(name)!));
  const content = {
    about: ABOUT,
    pipeline: writtenPipeline(pipeline),
    origins: pipeline.origins,
    provider,
    stages: locked,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function lockedStage(key: string, { recipe, outputs }: Outcome): unknown {
  const { stage, version, inputs, sources, numeric } = recipe as unknown as Recipe;
  const made = Object.entries(outputs).map(([name, { digest, size }]) => [name, { digest, size }] as const);
  return { name: stage, version, key, numeric, inputs, sources, outputs: Object.fromEntries(made) };
}

/** A checked pipeline in the form of a pipeline file, every default written out. */
export function writtenPipeline(pipeline: Pipeline): Readonly<Record<string, unknown>> {
  const { name, about, dataset, augmentation, backbone, tasks, train, evaluate, report } = pipeline;
  const { path, ages, split, tolerate, crop, align } = dataset;
  return {
    name,
    about,
    dataset: { ...written(dataset), path, ages, split, tolerate, crop, align },
    augmentation: augmentation.map(written),
    backbone: writtenBackbone(backbone),
    head: byTask(tasks, (task) => task.head),
    loss: byTask(tasks, (task) => task.loss),
    train: { ...writtenTrain(train), weights: Object.fromEntries(tasks.map((task) => [task.name, task.weight])) },
    evaluate,
    export: pipeline.export,
    report,
  };
}

function writtenBackbone(backbone: BackboneSpec): Readonly<Record<string, unknown>> {
  const { train, weights, lr_scale, batch_norm } = backbone;
  const layers = typeof train === "number" ? `last ${train}` : train;
  return { ...written(backbone), weights, train: layers, lr_scale, batch_norm };
}

/** The peak learning rate is written with the optimizer. */
function writtenTrain({ optimizer, schedule, lr: _, ...plain }: TrainSpec): Readonly<Record<string, unknown>> {
  return { ...plain, optimizer: written(optimizer), schedule: written(schedule) };
}

function written({ use, params }: Use): Readonly<Record<string, unknown>> {
  return { use, ...params };
}

function byTask(tasks: readonly TaskSpec[], pick: (task: TaskSpec) => Use): unknown {
  return Object.fromEntries(tasks.map((task) => [task.name, written(pick(task))]));
}
