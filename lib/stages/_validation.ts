/** Validation: the inference graph with the weights of the moment, run over the validation part. */
import type { Tensors } from "../base/tensor.ts";
import { compileValidation } from "../compile/inference.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Session } from "../contracts/provider.ts";
import type { World } from "../contracts/world.ts";
import { encodeModel } from "../graph/encode.ts";
import type { Graph } from "../graph/graph.ts";
import { lower, targetOf } from "../lowering/mod.ts";
import { demandOf } from "../memory/demand.ts";
import { sessionMemory } from "../memory/estimate.ts";
import { fixedBatches } from "./_batches.ts";
import type { ExampleBatch, Examples } from "./_examples.ts";
import { targetFeeds, type TaskTargets } from "./_labels.ts";

/** The task that is judged, wherever it stands among the others. */
const MAIN = "age";

export interface ValidationFigures {
  /** Of the main task, in years. */
  readonly mae: number;
  /** The training loss on the validation part. */
  readonly loss: number;
}

/** Measures weights on the validation part. */
export interface Validation {
  /** @param weights of the whole model. */
  prepare(weights: Tensors): Promise<PreparedValidation>;
}

export interface PreparedValidation {
  /** Bytes that measuring takes. */
  readonly memory: number;
  measure(): Promise<ValidationFigures>;
}

export interface ValidationJob {
  readonly model: ModelSpec;
  readonly world: World;
  readonly examples: Examples;
  readonly batch: number;
  /** Whether predictions are the mean over a face and its mirror image. */
  readonly mirror: boolean;
  readonly rows: Uint32Array;
  readonly targets: Readonly<Record<string, TaskTargets>>;
}

/** The weights become constants of a fresh session each time: the runtime then folds and packs them as in the exported model. */
export function createValidation(job: ValidationJob): Validation {
  return {
    async prepare(weights) {
      const { model, world: { provider }, examples: { image, features }, batch, mirror } = job;
      const compiled = compileValidation(model, weights, { batch, mirror, image, features });
      const graph = lower(compiled, await targetOf(provider));
      const memory = sessionMemory(demandOf(graph, {}), provider.name);
      return { memory, measure: () => measure(job, graph) };
    },
  };
}

async function measure(job: ValidationJob, graph: Graph): Promise<ValidationFigures> {
  const { model, world, examples, rows, batch } = job;
  await using session = await world.provider.open(encodeModel(graph));
  const sums: Sums = { error: 0, tasks: model.tasks.map(() => ({ loss: 0, share: 0 })) };
  const batches = fixedBatches(rows, batch);
  let at = 0;
  for await (const part of examples.plain(batches.map((each) => each.rows))) {
    await addBatch(job, session, part, batches[at++].count, sums);
  }
  return { mae: sums.error / rows.length, loss: wholeLoss(model.tasks, sums) };
}

/** Over the batches so far. */
interface Sums {
  error: number;
  /** By task, in their order: each loss is a mean over the shares of its rows. */
  readonly tasks: readonly { loss: number; share: number }[];
}

/** The loss of all batches as one. A task without a label there adds nothing. */
function wholeLoss(tasks: ModelSpec["tasks"], sums: Sums): number {
  const terms = sums.tasks.map(({ loss, share }, i) => (share === 0 ? 0 : tasks[i].weight * (loss / share)));
  return terms.reduce((sum, term) => sum + term);
}

async function addBatch(
  job: ValidationJob,
  session: Session,
  { inputs, rows }: ExampleBatch,
  count: number,
  sums: Sums,
): Promise<void> {
  const names = job.model.tasks.map(({ name }) => name);
  const fetches = [MAIN, ...names.map(lossOf)];
  const results = await session.run({ ...inputs, ...targetFeeds(job.targets, rows, count) }, fetches);
  const { value } = job.targets[MAIN];
  for (let i = 0; i < count; i++) sums.error += Math.abs(Number(results[MAIN].data[i]) - value[rows[i]]);
  for (const [i, name] of names.entries()) {
    const share = rows.subarray(0, count).reduce((sum, row) => sum + job.targets[name].share[row], 0);
    sums.tasks[i].loss += Number(results[lossOf(name)].data[0]) * share;
    sums.tasks[i].share += share;
  }
}

/** The output that holds the loss of a task, without its factor in the sum. */
function lossOf(task: string): string {
  return `loss/${task}`;
}
