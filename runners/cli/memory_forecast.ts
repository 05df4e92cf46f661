/** What training would take of this machine, told before it starts. */
import { UserError } from "../../lib/base/errors.ts";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import { pluginsOf } from "../../lib/pipeline/bound.ts";
import { forecastMemory, type MemoryForecast, type MemoryMachine } from "../../lib/pipeline/memory.ts";
import type { PlannedStage } from "../../lib/pipeline/plan.ts";
import { machineMemory, type MemoryLimit } from "../machine_memory.ts";
import { readNetwork } from "./notes.ts";
import type { ProviderFacts } from "./protocol.ts";

/** What a wasm module can address. */
const WASM: MemoryLimit = { bytes: 2 ** 32, words: "WebAssembly can address" };

/** The forecast for the train stage, where it has to run. @param budget bytes that the user allows; null: any. */
export async function forecast(
  pipeline: Pipeline,
  stages: readonly PlannedStage[],
  facts: ProviderFacts,
  budget: number | null,
): Promise<MemoryForecast | undefined> {
  if (!stages.some(({ name, status }) => name === "train" && status === "miss")) return undefined;
  const memory = forecastMemory(pipeline, pluginsOf(pipeline), await readNetwork(pipeline), machineOf(facts, budget));
  return pipeline.train.precision === "mixed" && !facts.half ? { ...memory, refusal: noHalf(pipeline, facts) } : memory;
}

/** As `forecast`. @throws UserError with advice where the machine cannot. */
export async function refuseImpossible(...asked: Parameters<typeof forecast>): Promise<void> {
  const { refusal } = await forecast(...asked) ?? {};
  if (refusal !== undefined) throw new UserError(refusal);
}

function noHalf({ name }: Pipeline, provider: ProviderFacts): string {
  const reason = `the adapter of ${provider.name} does not compute in float16 (it lacks shader-f16)`;
  return `Cannot train "${name}" with train.precision=mixed: ${reason}; use train.precision=float32`;
}

/** A GPU has memory of its own, of which WebGPU does not tell; a software adapter, of which it warns, takes the machine's. */
function machineOf({ name, warnings, block, largestValue }: ProviderFacts, budget: number | null): MemoryMachine {
  const isApart = name === "webgpu" && warnings.length === 0;
  const limits = [isApart ? undefined : machineMemory(), name === "wasm" ? WASM : undefined, allowance(budget)];
  const known = limits.filter((limit) => limit !== undefined).sort((a, b) => a.bytes - b.bytes);
  return { provider: name, block: block ?? undefined, largest: largestValue ?? undefined, limit: known[0] };
}

function allowance(budget: number | null): MemoryLimit | undefined {
  return budget === null ? undefined : { bytes: budget, words: "AGELINE_MEMORY allows" };
}
