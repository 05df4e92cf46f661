/** What training needs at its peak, told before anything runs; and what fits where that is too much. */
import { surveyBackbone } from "../compile/layers.ts";
import { bindBackbone, type Start } from "../compile/pipeline_model.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Plugins } from "../contracts/plugins.ts";
import type { ProviderName } from "../contracts/provider.ts";
import { lower } from "../lowering/mod.ts";
import { type Demand, demandOf, grown, straightOn } from "../memory/demand.ts";
import { estimateMemory, type MemoryEstimate } from "../memory/estimate.ts";
import { sizeOf, type Tensor } from "../base/tensor.ts";
import type { Graph } from "../graph/graph.ts";
import { expectedModel, expectedStep } from "./train_step.ts";

/** What training runs on. */
export interface MemoryMachine {
  readonly provider: ProviderName;
  /** Channels that the provider's blocked operators hold together, if it has any. */
  readonly block?: number;
  /** Bytes that the process may take, and who says so: `this machine has`; absent: not known. */
  readonly limit?: { readonly bytes: number; readonly words: string };
  /** Bytes of the largest value that the device takes; absent: any. */
  readonly largest?: number;
}

export interface MemoryForecast extends MemoryEstimate {
  /** Why it cannot be trained like this, with what can; absent where it fits. */
  readonly refusal?: string;
}

/** Advice keeps this share of the limit free. */
const RESERVE = 0.1;

/**
 * The forecast for the train stage of a pipeline. The number of training images is taken to be at least `train.batch`.
 * @param network of a backbone that is read from a file.
 */
export function forecastMemory(
  pipeline: Pipeline,
  plugins: Plugins,
  network: Graph | undefined,
  machine: MemoryMachine,
): MemoryForecast {
  const trial = new Trial(pipeline, plugins, network, machine);
  const { batch, accumulate } = pipeline.train;
  const estimate = trial.estimate(batch / accumulate, accumulate > 1);
  const reasons = excess(estimate, machine, 0);
  if (reasons.length === 0) return estimate;
  const how = accumulate > 1 ? `train.batch=${batch} in ${accumulate} parts` : `train.batch=${batch}`;
  const refusal = `Cannot train "${pipeline.name}" with ${how}: ${reasons.join(", and ")}; ${advice(trial, estimate)}`;
  return { ...estimate, refusal };
}

/** Larger batches are not compiled, since that takes long: what their values take is told from those of this batch and of half of it. */
const MOST_COMPILED = 64;

/** Estimates of one pipeline with batches of other sizes. */
class Trial {
  readonly #model;
  readonly #known = new Map<string, Demand>();

  constructor(
    readonly pipeline: Pipeline,
    readonly plugins: Plugins,
    network: Graph | undefined,
    readonly machine: MemoryMachine,
  ) {
    this.#model = expectedModel(pipeline, plugins, idleStart(pipeline, plugins, network));
  }

  /** @param images in one run of the graph. */
  estimate(images: number, accumulate: boolean): MemoryEstimate {
    const { provider } = this.machine;
    if (images <= MOST_COMPILED) return estimateMemory(this.#demand(images, accumulate), provider);
    const less = this.#demand(MOST_COMPILED / 2, accumulate);
    const more = this.#demand(MOST_COMPILED, accumulate);
    const steps = images / (MOST_COMPILED / 2) - 2;
    const demand = grown(less, more, steps);
    if (demand !== undefined) return estimateMemory(demand, provider);
    return grownEstimate(estimateMemory(less, provider), estimateMemory(more, provider), steps);
  }

  #demand(images: number, accumulate: boolean): Demand {
    const key = `${images} ${accumulate}`;
    const known = this.#known.get(key);
    if (known) return known;
    const step = expectedStep(this.pipeline, this.plugins, this.#model, { batch: images, accumulate });
    const demand = demandOf(lower(step.graph, this.machine), step.initial);
    this.#known.set(key, demand);
    return demand;
  }

  fits(estimate: MemoryEstimate): boolean {
    return excess(estimate, this.machine, RESERVE).length === 0;
  }
}

/** Where `steps` times the growth from `less` to `more` leads from there. */
function grownEstimate(less: MemoryEstimate, more: MemoryEstimate, steps: number): MemoryEstimate {
  const on = straightOn(steps);
  return {
    peak: on(less.peak, more.peak),
    steps: on(less.steps, more.steps),
    largest: on(less.largest, more.largest),
  };
}

/** Zeros to start from: to draw first weights takes longer than all the rest. */
function idleStart(pipeline: Pipeline, plugins: Plugins, network: Graph | undefined): Start {
  const tensors = surveyBackbone(bindBackbone(pipeline, plugins, { network })).tensors;
  const zeros = new Float32Array(tensors.reduce((most, { shape }) => Math.max(most, sizeOf(shape)), 0));
  const idle = (shape: readonly number[]): Tensor => {
    return { type: "float32", dims: shape, data: zeros.subarray(0, sizeOf(shape)) };
  };
  return { network, weights: Object.fromEntries(tensors.map(({ name, shape }) => [name, idle(shape)])) };
}

/** What is too large, as sentences. */
function excess({ peak, largest }: MemoryEstimate, machine: MemoryMachine, reserve: number): readonly string[] {
  const reasons: string[] = [];
  const { limit, largest: most, provider } = machine;
  if (limit !== undefined && peak > (1 - reserve) * limit.bytes) {
    reasons.push(`it needs ${memoryText(peak)} on ${provider}, ${limit.words} ${memoryText(limit.bytes)}`);
  }
  if (most !== undefined && largest > most) {
    reasons.push(`its largest value is ${memoryText(largest)}, the adapter takes ${memoryText(most)}`);
  }
  return reasons;
}

/** The largest batch that fits, and the fewest parts. */
function advice(trial: Trial, estimate: MemoryEstimate): string {
  const { batch, accumulate } = trial.pipeline.train;
  const options: string[] = [];
  const smaller = firstThatFits(trial, halves(batch), estimate, false);
  if (smaller) options.push(`train.batch=${smaller.images} fits (${memoryText(smaller.peak)})`);
  const sizes = divisors(batch).filter((images) => images < batch / accumulate);
  const parts = firstThatFits(trial, sizes, estimate, true);
  if (parts) {
    const { images, peak } = parts;
    const how = `train.accumulate=${batch / images} computes the same batch in parts of ${images}`;
    options.push(`${how} (${memoryText(peak)})`);
  }
  if (options.length > 0) return options.join(", or ");
  return "no batch of two images or more fits either: take a smaller backbone or smaller images";
}

interface Fit extends MemoryEstimate {
  readonly images: number;
}

/** Tries sizes, largest first, leaving out those that are too large by the share of `estimate` that the limits allow. */
function firstThatFits(
  trial: Trial,
  sizes: readonly number[],
  { peak, largest }: MemoryEstimate,
  accumulate: boolean,
): Fit | undefined {
  const { limit, largest: most } = trial.machine;
  const { train } = trial.pipeline;
  const share = Math.min((limit?.bytes ?? Infinity) / peak, (most ?? Infinity) / largest);
  const bound = share * train.batch / train.accumulate;
  for (const images of sizes) {
    if (images > bound) continue;
    const estimate = trial.estimate(images, accumulate);
    if (trial.fits(estimate)) return { ...estimate, images };
  }
  return undefined;
}

/** Half of a batch, half of that, down to two images. */
function halves(batch: number): readonly number[] {
  const sizes: number[] = [];
  for (let size = Math.floor(batch / 2); size >= 2; size = Math.floor(size / 2)) sizes.push(size);
  return sizes;
}

/** Sizes from two images on that divide a batch, largest first. */
function divisors(batch: number): readonly number[] {
  const sizes: number[] = [];
  for (let parts = 2; batch / parts >= 2; parts++) if (batch % parts === 0) sizes.push(batch / parts);
  return sizes;
}

/** `7.9 GiB`, `512 MiB`. */
export function memoryText(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib >= 1 ? `${gib.toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}
