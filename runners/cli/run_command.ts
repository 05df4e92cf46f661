/** `run`: pipelines to results. */
import { Stopped, UserError } from "../../lib/base/errors.ts";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import type { Figures, MetricsFile } from "../../lib/contracts/report.ts";
import type { CommandLine } from "./arguments.ts";
import { execute, type Executed } from "./execute.ts";
import { DRAWINGS } from "./places.ts";
import { forgetProvider, providerFacts } from "./provider_memo.ts";
import { reportError } from "./report_error.ts";
import { cacheFolder, checkForced, compileAll, hearInterrupts, memoryBudget, outFolder } from "./session.ts";
import { figure, table } from "./table.ts";
import type { View } from "./view.ts";

/** A finished run, as `--json` prints it. */
interface RunJson {
  readonly pipeline: string;
  readonly run: string;
  readonly dir: string;
  readonly provider: string;
  readonly seconds: number;
  readonly metrics: Figures;
  readonly stages: readonly { name: string; key: string; status: string; seconds: number }[];
}

/** @returns the exit status. */
export async function runCommand(line: CommandLine, view: View): Promise<number> {
  checkForced(line);
  const pipelines = await compileAll(line);
  const runOne = await preparedRun(line, view);
  const done: RunJson[] = [];
  let status = 0;
  for (const pipeline of pipelines) {
    try {
      const result = await runOne(pipeline);
      done.push(result);
      console.log(line.json ? JSON.stringify(result) : result.dir);
    } catch (error) {
      if (error instanceof Stopped) throw error;
      reportError(error, view);
      forgetProvider(line.provider, cacheFolder(line));
      status = 1;
    }
  }
  if (done.length > 0) view.note(`\n${summary(done)}`);
  return status;
}

/** Everything that all pipelines of one command share. */
async function preparedRun(line: CommandLine, view: View): Promise<(pipeline: Pipeline) => Promise<RunJson>> {
  const wishes = hearInterrupts(view);
  const cache = cacheFolder(line);
  const conduct = { ...wishes, onDownload: once(() => view.note("downloading packages, this once")) };
  const facts = await providerFacts(line.provider, cache, conduct);
  for (const warning of facts.warnings) view.warn(warning);
  const options = { ...conduct, facts, cache, out: outFolder(line), force: line.force, memory: memoryBudget() };
  return async (pipeline) => {
    const began = performance.now();
    view.note(`${pipeline.name} on ${facts.name}`);
    if (pipeline.dataset.path === DRAWINGS) view.note(ABOUT_DRAWINGS);
    const warn = (message: string): void => view.warn(message);
    const executed = await execute(pipeline, { ...options, onEvent: (event) => view.event(event), warn });
    return resultOf(pipeline, facts.name, executed, (performance.now() - began) / 1000);
  };
}

const ABOUT_DRAWINGS =
  "  The dataset is fixtures/faces: drawings, made to try things out. A real one: UTKFACE=/path/to/UTKFace before the command.";

function once(tell: () => void): () => void {
  let told = false;
  return () => {
    if (!told) tell();
    told = true;
  };
}

function resultOf(
  pipeline: Pipeline,
  provider: string,
  { place, stages, metrics }: Executed,
  seconds: number,
): RunJson {
  const { test, validation } = JSON.parse(metrics) as MetricsFile;
  const figures = test ?? validation;
  if (!figures) {
    throw new UserError(`Cannot sum up "${pipeline.name}": its split has neither a test nor a validation part`);
  }
  const rows = stages.map((row) => ({ ...row, seconds: rounded(row.seconds) }));
  return { pipeline: pipeline.name, ...place, provider, seconds: rounded(seconds), metrics: figures, stages: rows };
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(3));
}

/** One row per pipeline. */
export function summary(runs: readonly RunJson[]): string {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))];
  const rows = runs.map((run) => {
    const cached = run.stages.filter((stage) => stage.status === "cached").length;
    const figures = names.map((name) => (run.metrics[name] === undefined ? "" : figure(run.metrics[name])));
    return [run.pipeline, ...figures, `${run.seconds.toFixed(1)} s`, `${cached} of ${run.stages.length}`, run.dir];
  });
  return table(["pipeline", ...names, "time", "cached", "results"], rows);
}
