/** What training takes from the stages before it: faces by part, their labels, what is learnt from. */
import { UserError } from "../base/errors.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Artifacts, StageContext } from "../contracts/stage.ts";
import { type Examples, imageExamples } from "./_examples.ts";
import { featureExamples } from "./_feature_examples.ts";
import { type FeatureIndex, openFeatureTable } from "./_feature_table.ts";
import { ageLabels, columnLabels, targetsOf, type TaskLabels, type TaskTargets } from "./_labels.ts";
import { fromJson, type PackedFace, packedFaces, type PackedIndex, type Part } from "./_tables.ts";

export interface TrainingData {
  readonly faces: readonly PackedFace[];
  readonly index: PackedIndex;
  readonly rows: Readonly<Record<Part, Uint32Array>>;
  readonly labels: Readonly<Record<string, TaskLabels>>;
}

/** @throws UserError where nothing is left to train on, or nothing to learn for a task. */
export async function loadData(inputs: Artifacts, pipeline: Pipeline): Promise<TrainingData> {
  const index = await fromJson<PackedIndex>(inputs["images.index"]);
  const faces = await Array.fromAsync(packedFaces(inputs["dataset.faces"], index));
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
  return Object.fromEntries(pipeline.tasks.map(({ name }) => {
    const labels = labelsOf(name);
    if (labels.classes?.length === 0) {
      throw new UserError(
        `Cannot train "${pipeline.name}": no image of the training part has a label for the task "${name}"; ` +
          `fill the column "${name}", or leave the task out`,
      );
    }
    return [name, labels];
  }));
}

export function taskTargets(model: ModelSpec, data: TrainingData): Record<string, TaskTargets> {
  return Object.fromEntries(
    model.tasks.map((task) => [task.name, targetsOf(task, data.labels[task.name], data.faces)]),
  );
}

/** Rows of the feature table where the run has one, else images. */
export async function examplesOf(
  inputs: Artifacts,
  data: TrainingData,
  { augmentation, train: { seed }, evaluate: { mirror } }: Pipeline,
  { world, plugins: { augmentations } }: StageContext,
): Promise<Examples> {
  if (!inputs["features.table"]) {
    const { size } = data.index;
    return imageExamples({ world, images: inputs["images.packed"], size, augmentation, seed, form: "uint8" });
  }
  const index = await fromJson<FeatureIndex>(inputs["features.index"]);
  const table = await openFeatureTable(inputs["features.table"], index);
  return featureExamples({ table, augmentation, augmentations, seed, mirror, now: () => world.now() });
}
