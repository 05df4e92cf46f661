/** Runs inside the test's own process, on the provider cpu and a trial's cache: quick, where no command line is needed. */
import {
  loadPipeline,
  openWorld,
  type RunEvent,
  runPipeline,
  type RunResult,
  Stopped,
  type WorldOptions,
} from "../../mod.ts";
import { stages } from "../../lib/stages/mod.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import type { Trial } from "./_trial.ts";

export interface EngineOptions extends Partial<WorldOptions> {
  readonly file?: string;
  readonly overrides?: readonly string[];
  readonly force?: readonly string[];
  readonly onEvent?: (event: RunEvent) => void;
  /** Names of the stages to run; default: all. */
  readonly only?: readonly string[];
}

/** The provider that the native runtime gives, or why this machine has none. */
export async function withoutCpu(): Promise<string | undefined> {
  return await createProvider("cpu").unavailable();
}

/** Runs a trial's pipeline; nothing is written to the results folder unless `out` is given. */
export async function runTrial(trial: Trial, options: EngineOptions = {}): Promise<RunResult> {
  const { file = trial.file, overrides, force, onEvent, only, ...world } = options;
  const pipeline = await loadPipeline(file, { overrides });
  await using opened = openWorld({ provider: createProvider("cpu"), cache: trial.cache, ...world });
  return await runPipeline(pipeline, opened, {
    force,
    onEvent,
    stages: stages.filter(({ name }) => only?.includes(name) ?? true),
  });
}

/** More than the run of any trial has steps and epochs. */
const MOST_STOPS = 50;

/**
 * Runs a trial again and again until it is through, each time with fresh options, which may stop it at once.
 * @returns the result, and how often it stopped before.
 */
export async function runInPieces(trial: Trial, options: () => EngineOptions): Promise<[RunResult, number]> {
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    try {
      return [await runTrial(trial, options()), stops];
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
  }
  throw new Error(`no end after ${MOST_STOPS} pieces`);
}

/** Stages that ran, in order. */
export function ran(result: RunResult): string[] {
  return result.stages.filter(({ status }) => status === "ran").map(({ name }) => name);
}

/** Digests of what a run made that does not depend on the clock, by artifact. */
export function digests(result: RunResult): Record<string, string> {
  const names = ["train.weights", "export.model", "export.weights", "evaluate.predictions", "evaluate.metrics"];
  return Object.fromEntries(names.map((name) => {
    const [stage, artifact] = name.split(".");
    return [name, result.outcomes.get(stage)!.outputs[artifact].digest];
  }));
}
