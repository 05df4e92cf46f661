/** What a train step is fed beside its examples. */
import { random } from "../base/random.ts";
import { scalar, sizeOf, type Tensor, type Tensors } from "../base/tensor.ts";
import type { TrainStep } from "../compile/train_step.ts";
import type { TaskTargets } from "./_labels.ts";

/** One of the parts that a batch is computed in. */
export interface Part {
  /** Its rows, and those of the whole batch. */
  readonly rows: Uint32Array;
  readonly batch: Uint32Array;
  /** From 0, of how many. */
  readonly at: number;
  readonly of: number;
}

/** A batch in parts of equal length. */
export function partsOf(batch: Uint32Array, of: number): readonly Part[] {
  const length = batch.length / of;
  return Array.from({ length: of }, (_, at) => ({ rows: batch.slice(at * length, (at + 1) * length), batch, at, of }));
}

/** Whether a part is the first and the last of its batch, and the share that it has in each task's loss. */
export function partFeeds({ rows, batch, at, of }: Part, targets: Readonly<Record<string, TaskTargets>>): Tensors {
  if (of === 1) return {};
  const shares = Object.entries(targets).map(([task, { share }]) => {
    const whole = sumOf(share, batch);
    return [`share/${task}`, scalar("float32", whole === 0 ? 0 : sumOf(share, rows) / whole)] as const;
  });
  return {
    first: scalar("float32", at === 0 ? 1 : 0),
    last: scalar("float32", at === of - 1 ? 1 : 0),
    ...Object.fromEntries(shares),
  };
}

function sumOf(share: Float32Array, rows: Uint32Array): number {
  return rows.reduce((sum, row) => sum + share[row], 0);
}

/** The random numbers of a step. @param run counts the runs of the graph from the start of training. */
export function noiseFeeds({ noise }: TrainStep, seed: number, run: number): Tensors {
  return Object.fromEntries(noise.map(({ name, shape }) => [name, uniform(shape, [seed, "noise", name, run])]));
}

function uniform(shape: readonly number[], key: readonly (string | number)[]): Tensor {
  const stream = random(...key);
  return { type: "float32", dims: shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.uniform()) };
}
