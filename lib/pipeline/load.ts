/** A pipeline file to a checked pipeline. */
import { PipelineError, type Problem } from "../base/errors.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Plugins } from "../contracts/plugins.ts";
import type { NamedPath } from "./findings.ts";
import { bindPlugins } from "./bound.ts";
import { applyOverrides } from "./override.ts";
import { type PipelineDoors, resolveFile } from "./resolve.ts";
import { problemAt } from "./tree.ts";
import { validate } from "./validate.ts";

export interface LoadOptions {
  readonly plugins: Plugins;
  /** `a.b=value`, later ones win. */
  readonly overrides?: readonly string[];
}

/**
 * Reads, resolves and checks a pipeline.
 * @param file as the user names it: relative to `doors.cwd`, or absolute.
 * @throws PipelineError with every problem of the file, its parents and the overrides.
 */
export async function compilePipeline(file: string, doors: PipelineDoors, options: LoadOptions): Promise<Pipeline> {
  const resolved = await resolveFile(file, doors);
  if (!resolved.tree) throw new PipelineError(resolved.problems);
  const { tree, problems } = applyOverrides(resolved.tree, options.overrides ?? [], doors);
  const { pipeline, findings } = validate(tree, file, options.plugins);
  const missing = resolved.problems.length > 0 ? [] : await missingPaths(findings.paths, doors);
  const unread = [...resolved.problems, ...problems];
  const judged = findings.problems().filter((problem) => !unread.some((other) => isSamePlace(problem, other)));
  const all = [...unread, ...judged, ...missing];
  if (all.length > 0 || !pipeline) throw new PipelineError(all);
  bindPlugins(pipeline, options.plugins);
  return pipeline;
}

/** Whether both tell of one value: what could not be read needs no second complaint. */
function isSamePlace(a: Problem, b: Problem): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}

async function missingPaths(paths: readonly NamedPath[], doors: PipelineDoors): Promise<readonly Problem[]> {
  const problems = await Promise.all(paths.map(async ({ path, kind, key, place }) => {
    if (await doors.kindOf(path) === kind) return [];
    return [problemAt(place, `no ${kind} "${path}": set "${key}" to one that is there`)];
  }));
  return problems.flat();
}
