/** Obeys the order to compare providers: in the process that computes. */
import { UserError } from "../../lib/base/errors.ts";
import type { Start } from "../../lib/compile/pipeline_model.ts";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import type { Provider, ProviderName } from "../../lib/contracts/provider.ts";
import type { World } from "../../lib/contracts/world.ts";
import { compareProviders, type ParityCase } from "../../lib/parity/mod.ts";
import { interpreterSeconds } from "../../lib/parity/work.ts";
import { pluginsOf } from "../../lib/pipeline/bound.ts";
import { runPipeline } from "../../lib/pipeline/run.ts";
import { isPretrained, PRETRAINED, pretrained, readStart } from "../../lib/stages/pretrained.ts";
import type { Message, ParityOrder } from "../cli/protocol.ts";
import { createProvider } from "../providers/mod.ts";
import { openWorld } from "../world.ts";
import { preparedFaces } from "./faces.ts";
import { modelCase } from "./model_case.ts";
import { pipelineCase } from "./pipeline_case.ts";

/** Images of a pipeline's batch where the user says nothing. */
const FEW = 4;
/** Bytes of values that are made at a time. */
const PART = 2 ** 27;
/** Longer than this nobody waits for the interpreter. */
const PATIENCE_S = 600;

/** Who judges where the interpreter is too slow, best first. */
const DEPUTIES: readonly ProviderName[] = ["cpu", "wasm"];

export async function compare(order: ParityOrder, say: (message: Message) => void, signal: AbortSignal): Promise<void> {
  let parity: ParityCase;
  try {
    parity = await caseOf(order, say);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return say({ kind: "unusable", message: error.message });
  }
  const judge = await judgeOf(parity);
  const providers = order.providers.filter((name) => name !== judge?.name).map(createProvider);
  const idle = await nobodyOf(providers, judge);
  if (idle !== undefined) return say({ kind: "unusable", message: idle });
  const total = parity.graph.nodes.length;
  const progress = (_: string, done: number): void => {
    signal.throwIfAborted();
    say({ kind: "progress", stage: "parity", progress: { done, total, unit: "nodes" } });
  };
  const options = { tolerance: order.tolerance, partBytes: PART, judge, progress };
  say({ kind: "parity", report: await compareProviders(parity, providers, options) });
}

async function caseOf({ subject, batch, cache }: ParityOrder, say: (message: Message) => void): Promise<ParityCase> {
  if ("file" in subject) return modelCase(await Deno.readFile(subject.file), batch);
  const warn = (message: string): void => say({ kind: "damage", message });
  await using world = openWorld({ provider: createProvider("reference"), cache, warn });
  const { pipeline } = subject;
  const images = batch ?? FEW;
  const faces = await preparedFaces(pipeline, world, images);
  return pipelineCase(pipeline, await startOf(pipeline, world), images, faces);
}

/** What the backbone starts from. */
async function startOf(pipeline: Pipeline, world: World): Promise<Start> {
  if (!isPretrained(pipeline, pluginsOf(pipeline))) return {};
  const { open } = await runPipeline(pipeline, world, { stages: [pretrained] });
  const opened = await Promise.all(PRETRAINED.map(async (name) => [name, await open(name)] as const));
  return await readStart(Object.fromEntries(opened));
}

/** Why there is nobody to hold against the judge; undefined where there is somebody. */
export async function nobodyOf(
  providers: readonly Provider[],
  judge: Provider | undefined,
): Promise<string | undefined> {
  const reasons = await Promise.all(providers.map((provider) => provider.unavailable()));
  if (reasons.includes(undefined)) return undefined;
  const absent = providers.map(({ name }, i) => `"${name}" cannot be used (${reasons[i]})`);
  const judging = judge === undefined
    ? []
    : [`"${judge.name}" is the judge, as the float64 reference would be too slow`];
  return `Cannot compare providers: ${[...absent, ...judging].join(", ")}; name another one with --provider`;
}

/** Undefined: the interpreter. */
async function judgeOf({ graph }: ParityCase): Promise<Provider | undefined> {
  if (interpreterSeconds(graph) < PATIENCE_S) return undefined;
  for (const deputy of DEPUTIES.map(createProvider)) if (await deputy.unavailable() === undefined) return deputy;
  return undefined;
}
