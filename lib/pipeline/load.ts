/** A pipeline file to a checked pipeline. */
import { PipelineError, type Problem } from "../base/errors.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Plugins } from "../contracts/plugins.ts";
import type { Findings, NamedPath } from "./findings.ts";
import { bindPlugins } from "./bound.ts";
import { columnProblems } from "./label_columns.ts";
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
  const missing = resolved.problems.length > 0 ? [] : await missingOnDisk(findings, doors);
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

async function missingOnDisk({ paths, dataset, tasks }: Findings, doors: PipelineDoors): Promise<readonly Problem[]> {
  const missing = await missingPaths(paths, doors);
  if (dataset === undefined || await doors.kindOf(dataset.folder) !== "folder") return missing;
  return [...missing, ...await columnProblems(dataset, tasks, doors.readText)];
}

async function missingPaths(paths: readonly NamedPath[], doors: PipelineDoors): Promise<readonly Problem[]> {
  const problems = await Promise.all(paths.map(async ({ path, kind, key, place }) => {
    const found = await doors.kindOf(path);
    if (found === kind) return [];
    const other = found === undefined ? "" : `, but a ${found}`;
    return [problemAt(place, `no ${kind} "${path}"${other}: set "${key}" to one that is there`)];
  }));
  return problems.flat();
}
