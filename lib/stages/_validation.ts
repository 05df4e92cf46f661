/** Validation: the inference graph with the weights of the moment, run over the validation part. */
import type { Tensors } from "../base/tensor.ts";
import { compileValidation } from "../compile/inference.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Session } from "../contracts/provider.ts";
import type { Blob } from "../contracts/store.ts";
import type { World } from "../contracts/world.ts";
import { encodeModel } from "../graph/encode.ts";
import { lower } from "../lowering/mod.ts";
import { type EvaluationBatch, fixedBatches } from "./_batches.ts";
import { targetFeeds, type TaskTargets } from "./_labels.ts";

export interface ValidationFigures {
  /** Of the main task, in years. */
  readonly mae: number;
  /** The training loss on the validation part. */
  readonly loss: number;
}

/** Measures weights on the validation part. */
export interface Validation {
  measure(weights: Tensors): Promise<ValidationFigures>;
}

export interface ValidationJob {
  readonly model: ModelSpec;
  readonly world: World;
  readonly images: Blob;
  readonly size: number;
  readonly batch: number;
  readonly rows: Uint32Array;
  readonly targets: Readonly<Record<string, TaskTargets>>;
}

/** The weights become constants of a fresh session each time: the runtime then folds and packs them as in the exported model. */
export function createValidation(job: ValidationJob): Validation {
  return { measure: (weights) => measure(job, weights) };
}

async function measure(job: ValidationJob, weights: Tensors): Promise<ValidationFigures> {
  const { model, world, images, size, rows, batch } = job;
  const graph = lower(compileValidation(model, weights, { batch }), { provider: world.provider.name });
  await using session = await world.provider.open(encodeModel(graph));
  const sums = { error: 0, loss: 0, weight: 0 };
  for await (const part of fixedBatches(world, images, size, rows, batch)) await addBatch(job, session, part, sums);
  return { mae: sums.error / rows.length, loss: sums.loss / sums.weight };
}

async function addBatch(
  job: ValidationJob,
  session: Session,
  part: EvaluationBatch,
  sums: { error: number; loss: number; weight: number },
): Promise<void> {
  const main = job.model.tasks[0].name;
  const { age, loss } = await session.run({ image: part.image, ...targetFeeds(job.targets, part.rows, part.count) }, [
    "age",
    "loss",
  ]);
  let weight = 0;
  for (let i = 0; i < part.count; i++) {
    const row = part.rows[i];
    sums.error += Math.abs(Number(age.data[i]) - job.targets[main].value[row]);
    weight += job.targets[main].weight[row];
  }
  sums.loss += Number(loss.data[0]) * weight;
  sums.weight += weight;
}
