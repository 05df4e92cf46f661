/** Trains the model and keeps the best weights. */
import { UserError } from "../base/errors.ts";
import { compileTrainStep, type TrainStep } from "../compile/train_step.ts";
import type { LabelSummary } from "../contracts/model.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import { byName } from "../contracts/plugins.ts";
import type { EpochRow } from "../contracts/report.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { BlobRef } from "../contracts/store.ts";
import { encodeModel } from "../graph/encode.ts";
import { encodeSafetensors } from "../graph/safetensors.ts";
import { lower } from "../lowering/mod.ts";
import { type Checkpoint, decodeCheckpoint, START } from "./_checkpoint.ts";
import { ageLabels, columnLabels, targetsOf, type TaskLabels, type TaskTargets } from "./_labels.ts";
import { bindModel } from "./_model.ts";
import {
  type FaceRow,
  fromJson,
  type PackedFace,
  packedFaces,
  type PackedIndex,
  type Part,
  toCsv,
  toJson,
} from "./_tables.ts";
import { train as runTraining } from "./_training.ts";
import { createValidation, type Validation } from "./_validation.ts";

export const train: Stage = {
  name: "train",
  about: "Trains backbone and heads; validates after every epoch and keeps the best weights.",
  version: 1,
  needs: ["dataset.faces", "images.packed", "images.index"],
  makes: ["weights", "labels", "history"],
  numeric: true,
  params: ({ dataset, augmentation, backbone, tasks, train }) => {
    const { checkpoint: _, ...how } = train;
    return { ages: dataset.ages, augmentation, backbone, tasks, train: how };
  },
  run,
};

async function run(inputs: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Record<string, BlobRef>> {
  const data = await loadData(inputs, pipeline);
  const summaries = Object.fromEntries(Object.entries(data.labels).map(([task, labels]) => [task, labels.summary]));
  const model = bindModel(pipeline, context.plugins, summaries);
  const batch = Math.min(pipeline.train.batch, data.rows.train.length);
  const step = compileStep(pipeline, model, batch, context);
  const targets = taskTargets(model, data);
  const { provider } = context.world;
  const graph = lower(step.graph, { provider: provider.name, block: await provider.blockSize?.() });
  await using session = await provider.open(encodeModel(graph), { carry: step.carry });
  const schedule = {
    plugin: byName(context.plugins.schedules, pipeline.train.schedule.use),
    params: pipeline.train.schedule.params,
  };
  const shared = { images: inputs["images.packed"], size: data.index.size, batch, targets };
  const validation = validationOf(model, data, shared, context);
  const job = { pipeline, context, step, schedule, ...shared, rows: data.rows.train, validation };
  const { weights, history } = await runTraining(job, session, await restore(step, context));
  return {
    weights: await context.put(encodeSafetensors(weights)),
    labels: await context.put(toJson(summaries)),
    history: await context.put(historyCsv(history)),
  };
}

interface TrainingData {
  readonly faces: readonly PackedFace[];
  readonly index: PackedIndex;
  readonly rows: Readonly<Record<Part, Uint32Array>>;
  readonly labels: Readonly<Record<string, TaskLabels>>;
}

async function loadData(inputs: Artifacts, pipeline: Pipeline): Promise<TrainingData> {
  const index = await fromJson<PackedIndex>(inputs["images.index"]);
  const faces = packedFaces(await fromJson<FaceRow[]>(inputs["dataset.faces"]), index);
  const part = (name: Part): Uint32Array =>
    Uint32Array.from(faces.filter((face) => face.split === name).map((face) => face.row));
  const rows = { train: part("train"), validation: part("validation"), test: part("test") };
  if (rows.train.length === 0) {
    throw new UserError(
      `Cannot train "${pipeline.name}": no image is left in the training part; ` +
        "widen dataset.ages or lower the shares of dataset.split",
    );
  }
  return { faces, index, rows, labels: taskLabels(pipeline, faces) };
}

function taskLabels(pipeline: Pipeline, faces: readonly PackedFace[]): Record<string, TaskLabels> {
  const training = faces.filter((face) => face.split === "train");
  const labelsOf = (task: string): TaskLabels =>
    task === "age" ? ageLabels(training, pipeline.dataset.ages) : columnLabels(training, task);
  return Object.fromEntries(pipeline.tasks.map((task) => [task.name, labelsOf(task.name)]));
}

function taskTargets(model: ModelSpec, data: TrainingData): Record<string, TaskTargets> {
  return Object.fromEntries(
    model.tasks.map((task) => [task.name, targetsOf(task, data.labels[task.name], data.faces)]),
  );
}

function compileStep(pipeline: Pipeline, model: ModelSpec, batch: number, context: StageContext): TrainStep {
  const { optimizer, clip } = pipeline.train;
  const plugin = byName(context.plugins.optimizers, optimizer.use);
  return compileTrainStep(model, { batch, optimizer: { plugin, params: optimizer.params }, clip });
}

function validationOf(
  model: ModelSpec,
  data: TrainingData,
  shared: Pick<Parameters<typeof createValidation>[0], "images" | "size" | "batch" | "targets">,
  context: StageContext,
): Validation | undefined {
  if (data.rows.validation.length > 0) {
    return createValidation({ ...shared, model, world: context.world, rows: data.rows.validation });
  }
  context.warn("the split has no validation part: the last weights are kept, not the best");
  return undefined;
}

async function restore(step: TrainStep, context: StageContext): Promise<Checkpoint> {
  const bytes = await context.scratch.read("checkpoint");
  if (!bytes) return { standing: START, state: step.initial, best: null };
  const checkpoint = decodeCheckpoint(bytes);
  const { epoch, step: done } = checkpoint.standing;
  context.warn(`going on from the checkpoint of epoch ${epoch + 1}, step ${done}`);
  return checkpoint;
}

const COLUMNS = [
  "epoch",
  "train_loss",
  "validation_loss",
  "validation_mae",
  "learning_rate",
  "images_per_second",
  "wait_share",
  "seconds",
] as const;

function historyCsv(history: readonly EpochRow[]): Uint8Array {
  return toCsv(COLUMNS, history.map((row) => COLUMNS.map((column) => written(row[column]))));
}

/** Eight significant digits; empty where there is no figure. */
function written(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(8))) : "";
}

/** Label summaries by task, as the stage wrote them. */
export type LabelSummaries = Readonly<Record<string, LabelSummary>>;
