/** Which stages are cached, which must run, and why; nothing is executed. */
import type { Digest } from "../base/digest.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Plugins } from "../contracts/plugins.ts";
import type { Stage } from "../contracts/stage.ts";
import type { Outcome } from "../contracts/store.ts";
import type { World } from "../contracts/world.ts";
import { stages as allStages } from "../stages/mod.ts";
import { pluginsOf } from "./bound.ts";
import { keyOf, type Recipe, recipeOf } from "./key.ts";
import { neededStages, ordered, stagesOf } from "./order.ts";
import { reasonFor } from "./reasons.ts";
import { listed } from "./words.ts";

export interface PlannedStage {
  readonly name: string;
  readonly needs: readonly string[];
  /** Null where it depends on the result of a stage that has to run first. */
  readonly key: Digest | null;
  readonly status: "hit" | "miss";
  readonly because: string;
}

export interface Plan {
  readonly stages: readonly PlannedStage[];
  /** Outcomes of the hits, by stage. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Recipes of the stages whose inputs are known, by stage. */
  readonly recipes: ReadonlyMap<string, Recipe>;
}

export interface PlanOptions {
  /** Default: those that the pipeline was checked with. */
  readonly plugins?: Plugins;
  readonly stages?: readonly Stage[];
  /** Stages that run even if they are cached. */
  readonly force?: readonly string[];
}

export async function planPipeline(pipeline: Pipeline, world: World, options: PlanOptions = {}): Promise<Plan> {
  const { plugins = pluginsOf(pipeline), stages = allStages, force = [] } = options;
  const planned: PlannedStage[] = [];
  const outcomes = new Map<string, Outcome>();
  const recipes = new Map<string, Recipe>();
  for (const stage of ordered(stagesOf(pipeline, plugins, stages))) {
    const needs = neededStages(stage);
    const waits = needs.filter((name) => !outcomes.has(name));
    if (waits.length > 0) {
      planned.push({ name: stage.name, needs, key: null, status: "miss", because: waiting(waits) });
      continue;
    }
    const recipe = await recipeOf(stage, pipeline, plugins, world, outcomes);
    recipes.set(stage.name, recipe);
    const { outcome, because, key } = await lookUp(recipe, pipeline, world, force.includes(stage.name));
    if (outcome) outcomes.set(stage.name, outcome);
    planned.push({ name: stage.name, needs, key, status: outcome ? "hit" : "miss", because });
  }
  return { stages: planned, outcomes, recipes };
}

/** What the store has for a recipe, or why it has nothing. */
export async function lookUp(recipe: Recipe, pipeline: Pipeline, world: World, forced: boolean): Promise<Found> {
  const key = keyOf(recipe);
  if (forced) return { key, because: "forced" };
  const outcome = await world.store.recall(key);
  if (outcome) return { key, outcome, because: "nothing changed" };
  const latest = await world.store.latest(pipeline.name, recipe.stage);
  return { key, because: await reasonFor(recipe, latest, () => world.files(pipeline.dataset.path)) };
}

export interface Found {
  readonly key: Digest;
  readonly outcome?: Outcome;
  readonly because: string;
}

function waiting(names: readonly string[]): string {
  return `needs ${listed(names)}, which must run first`;
}
