/** Trains the model and keeps the best weights. */
import { surveyBackbone } from "../compile/layers.ts";
import { bindModel } from "../compile/pipeline_model.ts";
import { compileTrainStep, type TrainStep } from "../compile/train_step.ts";
import type { LabelSummary } from "../contracts/model.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import { byName } from "../contracts/plugins.ts";
import type { Session } from "../contracts/provider.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { BlobRef } from "../contracts/store.ts";
import type { World } from "../contracts/world.ts";
import { encodeModel } from "../graph/encode.ts";
import { encodeSafetensors } from "../graph/safetensors.ts";
import { lower, targetOf } from "../lowering/mod.ts";
import { trainedBackboneKey } from "./_backbone_key.ts";
import { type Checkpoint, decodeCheckpoint, startOf } from "./_checkpoint.ts";
import type { Examples } from "./_examples.ts";
import { historyCsv } from "./_history.ts";
import { FIRST_SCALE } from "./_loss_scale.ts";
import { phasesOf } from "./_phases.ts";
import { toJson } from "./_tables.ts";
import { train as runTraining, type TrainingJob } from "./_training.ts";
import { examplesOf, loadData, taskTargets, type TrainingData } from "./_training_data.ts";
import { createValidation, type Validation } from "./_validation.ts";
import { PRETRAINED, readStart } from "./pretrained.ts";

export const train: Stage = {
  name: "train",
  about: "Trains backbone and heads; validates after every epoch and keeps the best weights.",
  version: 5,
  needs: ["dataset.faces", "images.packed", "images.index"],
  wants: [...PRETRAINED, "features.table", "features.index"],
  makes: ["weights", "labels", "history"],
  numeric: true,
  params: (pipeline, plugins) => {
    const { dataset, augmentation, tasks, train, evaluate: { mirror } } = pipeline;
    const { checkpoint: _, ...how } = train;
    const backbone = trainedBackboneKey(pipeline, plugins);
    return { ages: dataset.ages, augmentation, backbone, tasks, train: how, mirror };
  },
  run,
};

async function run(inputs: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Record<string, BlobRef>> {
  const data = await loadData(inputs, pipeline);
  const summaries = Object.fromEntries(Object.entries(data.labels).map(([task, labels]) => [task, labels.summary]));
  const model = bindModel(pipeline, context.plugins, summaries, await readStart(inputs));
  const job = await jobOf(inputs, data, model, pipeline, context);
  warnOfIdle(pipeline, context);
  const { weights, history } = await runTraining(job, await restore(pipeline, context));
  return {
    weights: await context.put(encodeSafetensors(weights)),
    labels: await context.put(toJson(summaries)),
    history: await context.put(historyCsv(history)),
  };
}

async function jobOf(
  inputs: Artifacts,
  data: TrainingData,
  model: ModelSpec,
  pipeline: Pipeline,
  context: StageContext,
): Promise<TrainingJob> {
  const { train: { schedule } } = pipeline;
  const { world, plugins } = context;
  const sizes = batchSizes(pipeline, data.rows.train.length);
  const examples = await examplesOf(inputs, data, pipeline, context);
  const { layers } = surveyBackbone(model.backbone);
  const shared = { examples, targets: taskTargets(model, data) };
  const files = new Map(data.faces.map(({ row, file }) => [row, file]));
  return {
    ...sizes,
    ...shared,
    pipeline,
    context,
    phases: phasesOf(pipeline, layers),
    compile: (count) => compileStep(pipeline, withLayers(model, count), sizes, examples, context),
    open: (step) => openStep(step, world),
    schedule: { plugin: byName(plugins.schedules, schedule.use), params: schedule.params },
    rows: data.rows.train,
    fileOf: (row) => files.get(row)!,
    validation: validationOf(model, data, { ...shared, mirror: pipeline.evaluate.mirror, batch: sizes.batch }, context),
  };
}

type BatchSizes = Pick<TrainingJob, "batch" | "parts">;

/** Examples per step and the parts of it, all of them full, where the training part is smaller than a batch too. */
function batchSizes({ train }: Pipeline, available: number): BatchSizes {
  const parts = Math.min(train.accumulate, available);
  return { batch: Math.floor(Math.min(train.batch, available) / parts) * parts, parts };
}

function withLayers(model: ModelSpec, layers: number): ModelSpec {
  return { ...model, backbone: { ...model.backbone, layers } };
}

function compileStep(
  { train }: Pipeline,
  model: ModelSpec,
  { batch, parts }: BatchSizes,
  { image, features }: Examples,
  { plugins }: StageContext,
): TrainStep {
  const { optimizer, clip, average, layer_decay, precision } = train;
  return compileTrainStep(model, {
    batch: batch / parts,
    image,
    features,
    optimizer: { plugin: byName(plugins.optimizers, optimizer.use), params: optimizer.params },
    clip,
    accumulate: parts > 1,
    average,
    layerDecay: layer_decay,
    precision,
  });
}

async function openStep({ graph, carry }: TrainStep, { provider }: World): Promise<Session> {
  const lowered = lower(graph, await targetOf(provider));
  return await provider.open(encodeModel(lowered), { carry });
}

function validationOf(
  model: ModelSpec,
  data: TrainingData,
  shared: Pick<Parameters<typeof createValidation>[0], "examples" | "batch" | "mirror" | "targets">,
  context: StageContext,
): Validation | undefined {
  if (data.rows.validation.length > 0) {
    return createValidation({ ...shared, model, world: context.world, rows: data.rows.validation });
  }
  context.warn("the split has no validation part: the last weights are kept, not the best");
  return undefined;
}

/** Says which options cannot do what they are for. */
function warnOfIdle({ backbone, train }: Pipeline, { world, warn }: StageContext): void {
  if (train.precision === "mixed" && world.provider.name !== "webgpu") {
    warn(`train.precision: mixed saves nothing on ${world.provider.name}: only webgpu computes in float16`);
  }
  const still = backbone.train === "none";
  if (still && train.layer_decay !== 1) warn("train.layer_decay does nothing: no layer of the backbone trains");
  if (still && backbone.lr_scale !== 1) warn("backbone.lr_scale does nothing: no layer of the backbone trains");
}

async function restore({ train }: Pipeline, context: StageContext): Promise<Checkpoint> {
  const bytes = await context.scratch.read("checkpoint");
  if (!bytes) return startOf(train.precision === "mixed" ? FIRST_SCALE : null);
  const checkpoint = decodeCheckpoint(bytes);
  const { epoch, step: done } = checkpoint.standing;
  context.warn(`going on from the checkpoint of epoch ${epoch + 1}, step ${done}`);
  return checkpoint;
}

/** Label summaries by task, as the stage wrote them. */
export type LabelSummaries = Readonly<Record<string, LabelSummary>>;
