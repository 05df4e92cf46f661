/** A train step's memory as it is measured in a process of its own, and as it is forecast. */
import { pluginsOf } from "../lib/pipeline/bound.ts";
import type { ProviderName } from "../lib/contracts/provider.ts";
import { forecastMemory } from "../lib/pipeline/memory.ts";
import { allocation, COLLECTING } from "../runners/cli/permissions.ts";
import { loadPipeline } from "../runners/load.ts";
import { startOf, type StepMemory } from "./step_memory.ts";

export interface Measured {
  /** Bytes at the peak of a process that does nothing but steps. */
  readonly measured: number;
  readonly forecast: number;
}

/** @param file a pipeline, changed by `overrides`. */
export async function measureStep(
  provider: ProviderName,
  file: string,
  overrides: readonly string[],
): Promise<Measured> {
  const { peak, block } = await stepMemory(provider, file, overrides);
  const pipeline = await loadPipeline(file, { overrides });
  const plugins = pluginsOf(pipeline);
  const { network } = await startOf(pipeline);
  const forecast = forecastMemory(pipeline, plugins, network, { provider, block: block ?? undefined });
  return { measured: peak, forecast: forecast.steps };
}

async function stepMemory(provider: ProviderName, file: string, overrides: readonly string[]): Promise<StepMemory> {
  const script = new URL("step_memory.ts", import.meta.url).href;
  const args = ["run", "-A", COLLECTING, script, provider, file, ...overrides];
  const env = allocation(provider);
  const { stdout, success } = await new Deno.Command(Deno.execPath(), { args, env, stderr: "inherit" }).output();
  if (!success) throw new Error(`Cannot measure a step of "${file}": its process failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
