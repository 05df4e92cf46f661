/**
 * Trains the model of a pipeline for some steps on images that are made up, and prints the most memory that this process held:
 *
 *     deno run -A --v8-flags=--expose-gc bench/step_memory.ts cpu|wasm|webgpu FILE [key=value ...]
 *
 * With the flag, garbage is collected before the first runs, as in the process in which `run` computes. Linux only. There are no image
 * workers.
 */
import { random } from "../lib/base/random.ts";
import { sizeOf, type Tensor, tensor, type Tensors } from "../lib/base/tensor.ts";
import type { Start } from "../lib/compile/pipeline_model.ts";
import type { TrainStep } from "../lib/compile/train_step.ts";
import type { Pipeline } from "../lib/contracts/pipeline.ts";
import { backboneFiles } from "../lib/contracts/plugins.ts";
import type { Provider, ProviderName } from "../lib/contracts/provider.ts";
import { decodeModel } from "../lib/graph/decode.ts";
import { encodeModel } from "../lib/graph/encode.ts";
import { staticShape, type ValueInfo } from "../lib/graph/graph.ts";
import { lower, targetOf } from "../lib/lowering/mod.ts";
import { pluginsOf } from "../lib/pipeline/bound.ts";
import { expectedModel, expectedStep } from "../lib/pipeline/train_step.ts";
import { loadPipeline } from "../runners/load.ts";
import { createProvider } from "../runners/providers/mod.ts";
import { peakMemory } from "./_peak.ts";

/** What the process says at its end. */
export interface StepMemory {
  /** Bytes of resident memory at the peak. */
  readonly peak: number;
  /** As `Provider.blockSize` gives it. */
  readonly block: number | null;
}

/** The peak is reached by then. */
const STEPS = 3;

const stream = random(1);

/** What the backbone of a pipeline starts from, read from its file. */
export async function startOf(pipeline: Pipeline): Promise<Start> {
  const { network } = backboneFiles(pipeline.backbone, pluginsOf(pipeline));
  return network === undefined ? {} : { network: decodeModel(await Deno.readFile(network)) };
}

function drawn({ name, type, shape }: ValueInfo, [first, last]: Pipeline["dataset"]["ages"]): Tensor {
  const dims = staticShape(shape!, name);
  const draw = (): number => {
    if (name === "image") return stream.integer(256);
    if (name === "target/age") return first + stream.integer(last - first + 1);
    return name === "lr" ? 1e-3 : 1;
  };
  const values = new Float32Array(sizeOf(dims));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return tensor(type, dims, values);
}

function feedsOf({ graph, initial }: TrainStep, { dataset }: Pipeline): Tensors {
  const fed = graph.inputs.filter(({ name }) => !(name in initial));
  return Object.fromEntries(fed.map((input) => [input.name, drawn(input, dataset.ages)]));
}

async function train(pipeline: Pipeline, provider: Provider): Promise<void> {
  const plugins = pluginsOf(pipeline);
  const { batch, accumulate } = pipeline.train;
  const model = expectedModel(pipeline, plugins, await startOf(pipeline));
  const step = expectedStep(pipeline, plugins, model, { batch: batch / accumulate });
  const lowered = lower(step.graph, await targetOf(provider));
  await using session = await provider.open(encodeModel(lowered), { carry: step.carry });
  const feeds = feedsOf(step, pipeline);
  for (let i = 0; i < STEPS; i++) await session.run(i === 0 ? { ...feeds, ...step.initial } : feeds, ["loss"]);
}

if (import.meta.main) {
  const [name, file, ...overrides] = Deno.args;
  const provider = createProvider(name as ProviderName);
  await train(await loadPipeline(file, { overrides }), provider);
  const said: StepMemory = { peak: peakMemory(), block: await provider.blockSize?.() ?? null };
  console.log(JSON.stringify(said));
}
