/** `plan`: what a run would do, and why. */
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import { dotOf } from "../../lib/pipeline/dot.ts";
import { type Plan, planPipeline } from "../../lib/pipeline/plan.ts";
import { openWorld } from "../world.ts";
import type { CommandLine } from "./arguments.ts";
import { plannedProvider, providerFacts } from "./provider_memo.ts";
import { cacheFolder } from "./places.ts";
import { checkForced, compileAll, hearInterrupts } from "./session.ts";
import { table } from "./table.ts";
import type { View } from "./view.ts";

export async function planCommand(line: CommandLine, view: View): Promise<number> {
  checkForced(line);
  const [{ pipeline }] = await compileAll(line);
  const plan = await planned(pipeline, line, view);
  console.log(await shown(pipeline, plan, line));
  return 0;
}

async function planned(pipeline: Pipeline, line: CommandLine, view: View): Promise<Plan> {
  const cache = cacheFolder(line);
  const onDownload = (): void => {};
  const facts = await providerFacts(line.provider, cache, { ...hearInterrupts(view), onDownload });
  for (const warning of facts.warnings) view.warn(warning);
  await using world = openWorld({ provider: plannedProvider(facts), cache, warn: (message) => view.warn(message) });
  return await planPipeline(pipeline, world, { force: line.force });
}

async function shown(pipeline: Pipeline, plan: Plan, { json, dot, svg }: CommandLine): Promise<string> {
  if (dot) return dotOf(pipeline.name, plan.stages);
  if (svg) return await drawn(dotOf(pipeline.name, plan.stages));
  const stages = plan.stages.map(({ name, key, status, because }) => ({ name, key, status, because }));
  if (json) return JSON.stringify({ stages });
  const rows = stages.map(({ name, key, status, because }) => [name, key?.slice(0, 12) ?? "", status, because]);
  return table(["stage", "key", "status", "because"], rows);
}

async function drawn(dot: string): Promise<string> {
  const { instance } = await import("@viz-js/viz");
  return (await instance()).renderString(dot, { format: "svg" });
}
