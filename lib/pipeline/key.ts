/** The key of a stage's outcome: a digest of everything that the outcome depends on, and of nothing else. */
import { type Digest, digestOf } from "../base/digest.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Plugins } from "../contracts/plugins.ts";
import type { Stage } from "../contracts/stage.ts";
import type { Outcome } from "../contracts/store.ts";
import type { World } from "../contracts/world.ts";
import { artifactName, producer } from "./order.ts";

/** What a key is the digest of. */
export interface Recipe {
  readonly stage: string;
  /** Of the stage's code. */
  readonly version: number;
  readonly params: unknown;
  /** Digests of the artifacts taken, by `stage.artifact`. */
  readonly inputs: Readonly<Record<string, Digest>>;
  /** Digests of what is read from outside, by name. */
  readonly sources: Readonly<Record<string, Digest>>;
  /** Who computes, for stages whose numbers depend on it. */
  readonly numeric: string | null;
}

export function keyOf(recipe: Recipe): Digest {
  return digestOf(recipe);
}

/** The recipe of a stage whose needed stages have outcomes, given by stage name. */
export async function recipeOf(
  stage: Stage,
  pipeline: Pipeline,
  plugins: Plugins,
  world: World,
  outcomes: ReadonlyMap<string, Outcome>,
): Promise<Recipe> {
  const digests = stage.needs.map((need) => {
    const { digest } = outcomes.get(producer(need))!.outputs[artifactName(need)];
    return [need, digest] as const;
  });
  return {
    stage: stage.name,
    version: stage.version,
    params: stage.params(pipeline, plugins),
    inputs: Object.fromEntries(digests),
    sources: await stage.sources?.(pipeline, world, plugins) ?? {},
    numeric: stage.numeric ? await world.provider.numericClass() : null,
  };
}
