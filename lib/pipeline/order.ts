/** The stages as a graph: what needs what, and an order in which every stage comes after those that it needs. */
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Plugins } from "../contracts/plugins.ts";
import type { Stage } from "../contracts/stage.ts";

/** The stages that a run of this pipeline has, each needing also what it wants and the run makes. */
export function stagesOf(pipeline: Pipeline, plugins: Plugins, stages: readonly Stage[]): readonly Stage[] {
  const own = stages.filter((stage) => stage.applies?.(pipeline, plugins) ?? true);
  const made = new Set(own.flatMap((stage) => stage.makes.map((name) => `${stage.name}.${name}`)));
  return own.map((stage) => {
    const wanted = (stage.wants ?? []).filter((name) => made.has(name));
    return { ...stage, needs: [...stage.needs, ...wanted] };
  });
}

/** The names of the stages whose artifacts a stage takes, each once. */
export function neededStages(stage: Stage): readonly string[] {
  return [...new Set(stage.needs.map((artifact) => producer(artifact)))];
}

/** The stage that makes an artifact, and its name there: `images.packed`. */
export function producer(artifact: string): string {
  return artifact.slice(0, artifact.indexOf("."));
}

/** The name of an artifact among those of its stage. */
export function artifactName(artifact: string): string {
  return artifact.slice(artifact.indexOf(".") + 1);
}

/**
 * Topological order, as early as possible: what needs nothing comes first, so that wrong inputs are found before long work.
 * Stages that could go either way keep their order.
 * @throws TypeError where stages need each other in a circle, or something that no stage makes.
 */
export function ordered(stages: readonly Stage[]): readonly Stage[] {
  const makes = new Set(stages.flatMap((stage) => stage.makes.map((name) => `${stage.name}.${name}`)));
  const missing = stages.flatMap((stage) => stage.needs).find((need) => !makes.has(need));
  if (missing !== undefined) throw new TypeError(`Cannot order the stages: none makes "${missing}"`);
  const done: Stage[] = [];
  let left = stages;
  while (left.length > 0) {
    const names = new Set(done.map(({ name }) => name));
    const ready = left.filter((stage) => neededStages(stage).every((name) => names.has(name)));
    if (ready.length === 0) {
      throw new TypeError(`Cannot order the stages: ${left.map(({ name }) => name)} need each other`);
    }
    done.push(...ready);
    left = left.filter((stage) => !ready.includes(stage));
  }
  return done;
}
