/** Labels of the tasks: the number that a face has for a task, and what the training part tells about them. */
import { tensor, type Tensors } from "../base/tensor.ts";
import type { LabelSummary } from "../contracts/model.ts";
import type { TaskModel } from "../contracts/model_spec.ts";
import type { PackedFace } from "./_tables.ts";

/** The labels of one task. */
export interface TaskLabels {
  readonly summary: LabelSummary;
  /** Names of the classes by index, for tasks other than age. */
  readonly classes?: readonly string[];
  /** The label of a face, or undefined where it has none. */
  of(face: PackedFace): number | undefined;
}

/** Ages in years, within the inclusive range. */
export function ageLabels(training: readonly PackedFace[], ages: readonly [number, number]): TaskLabels {
  return { summary: summarise(training.map((face) => face.age), ages[0], ages[1]), of: (face) => face.age };
}

/** The values of a column as class indices, in sorted order of their names. */
export function columnLabels(training: readonly PackedFace[], column: string): TaskLabels {
  const classes = [...new Set(training.flatMap((face) => face.groups[column] ?? []))].sort();
  const index = new Map(classes.map((name, i) => [name, i]));
  const of = (face: PackedFace): number | undefined => index.get(face.groups[column]);
  const labels = training.flatMap((face) => of(face) ?? []);
  return { summary: summarise(labels, 0, Math.max(1, classes.length - 1)), classes, of };
}

function summarise(labels: readonly number[], first: number, last: number): LabelSummary {
  const mean = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length);
  const variance = labels.reduce((sum, label) => sum + (label - mean) ** 2, 0) / Math.max(1, labels.length);
  const counts = new Array<number>(last - first + 1).fill(0);
  for (const label of labels) counts[Math.round(label) - first]++;
  return { first, last, mean, std: Math.max(Math.sqrt(variance), 1e-6), counts };
}

/** The label and the weight of every face for one task, by row of the packed file; without a label the weight is 0. */
export function targetsOf(task: TaskModel, labels: TaskLabels, faces: readonly PackedFace[]): TaskTargets {
  const byLabel = task.loss.plugin.weights?.(task.labels, task.loss.params);
  const value = new Float32Array(faces.length).fill(task.labels.first);
  const weight = new Float32Array(faces.length);
  const share = new Float32Array(faces.length);
  for (const face of faces) {
    const label = labels.of(face);
    if (label === undefined) continue;
    value[face.row] = label;
    weight[face.row] = byLabel ? byLabel[Math.round(label) - task.labels.first] : 1;
    share[face.row] = weight[face.row] * (task.loss.plugin.terms?.(label, task.labels) ?? 1);
  }
  return { value, weight, share };
}

/** Labels and sample weights by row of the packed file. */
export interface TaskTargets {
  readonly value: Float32Array;
  readonly weight: Float32Array;
  /** What a row adds to the sum that the loss is a mean over: its weight times the terms of the loss. */
  readonly share: Float32Array;
}

/** The graph inputs `target/<task>` and `weight/<task>` for these rows; rows from `count` on only fill the batch and weigh 0. */
export function targetFeeds(
  targets: Readonly<Record<string, TaskTargets>>,
  rows: Uint32Array,
  count = rows.length,
): Tensors {
  const feeds: Record<string, Tensors[string]> = {};
  for (const [task, { value, weight }] of Object.entries(targets)) {
    feeds[`target/${task}`] = tensor("float32", [rows.length], Array.from(rows, (row) => value[row]));
    const weights = Array.from(rows, (row, i) => (i < count ? weight[row] : 0));
    feeds[`weight/${task}`] = tensor("float32", [rows.length], weights);
  }
  return feeds;
}
