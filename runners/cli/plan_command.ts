/** `plan`: what a run would do, and why. */
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import { dotOf } from "../../lib/pipeline/dot.ts";
import { type MemoryForecast, memoryText } from "../../lib/pipeline/memory.ts";
import { type Plan, planPipeline } from "../../lib/pipeline/plan.ts";
import { openWorld } from "../world.ts";
import type { CommandLine } from "./arguments.ts";
import { forecast } from "./memory_forecast.ts";
import { featureNote } from "./notes.ts";
import { cacheFolder } from "./places.ts";
import type { ProviderFacts } from "./protocol.ts";
import { plannedProvider, providerFacts } from "./provider_memo.ts";
import { checkForced, compileAll, hearInterrupts, memoryBudget } from "./session.ts";
import { table } from "./table.ts";
import type { View } from "./view.ts";

export async function planCommand(line: CommandLine, view: View): Promise<number> {
  checkForced(line);
  const [{ pipeline }] = await compileAll(line);
  const { plan, facts } = await planned(pipeline, line, view);
  if (line.dot || line.svg) {
    console.log(await drawing(dotOf(pipeline.name, plan.stages), line));
    return 0;
  }
  const memory = await forecast(pipeline, plan.stages, facts, memoryBudget());
  const told: Told = { plan, facts, memory, features: await featureNote(pipeline) };
  console.log(line.json ? asJson(told) : asText(told));
  if (memory?.refusal === undefined) return 0;
  view.fail(memory.refusal);
  return 1;
}

interface Planned {
  readonly plan: Plan;
  readonly facts: ProviderFacts;
}

async function planned(pipeline: Pipeline, line: CommandLine, view: View): Promise<Planned> {
  const cache = cacheFolder(line);
  const onDownload = (): void => {};
  const facts = await providerFacts(line.provider, cache, { ...hearInterrupts(view), onDownload });
  for (const warning of facts.warnings) view.warn(warning);
  await using world = openWorld({ provider: plannedProvider(facts), cache, warn: (message) => view.warn(message) });
  return { plan: await planPipeline(pipeline, world, { force: line.force }), facts };
}

/** A plan with what else is known beforehand. */
interface Told extends Planned {
  readonly memory: MemoryForecast | undefined;
  readonly features: string | undefined;
}

function asJson({ plan, memory, features, facts: { name: provider } }: Told): string {
  const stages = plan.stages.map(({ name, key, status, because }) => {
    const peak = name === "train" && memory ? { memory: { provider, peak: memory.peak } } : {};
    const source = name === "pretrained" && features !== undefined ? { features } : {};
    return { name, key, status, because, ...peak, ...source };
  });
  return JSON.stringify({ stages });
}

function asText({ plan, memory, features, facts: { name: provider } }: Told): string {
  const rows = plan.stages.map((stage) => [stage.name, stage.key?.slice(0, 12) ?? "", stage.status, stage.because]);
  const stages = table(["stage", "key", "status", "because"], rows);
  const peak = memory && `train takes about ${memoryText(memory.peak)} of memory on ${provider}`;
  return [stages, features, peak].filter((text) => text !== undefined).join("\n\n");
}

async function drawing(dot: string, { svg }: CommandLine): Promise<string> {
  return svg ? await drawn(dot) : dot;
}

async function drawn(dot: string): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  return (await instance()).renderString(dot, { format: "svg" });
}
