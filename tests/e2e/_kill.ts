/** Stopping a run of the command line at a chosen moment, and seeing that nothing of it is left. */
import assert from "node:assert/strict";
import type { Standing } from "../../lib/stages/_checkpoint.ts";
import { latestRun } from "../../runners/files/results.ts";
import { sha256OfFile } from "../../runners/stores/sha256.ts";
import { cli, type Running, startCli } from "./_cli.ts";
import { withoutCpu } from "./_engine.ts";
import type { Trial } from "./_trial.ts";
import { canListProcesses, checkpointIn, processesNaming, until } from "./_watch.ts";

export const RUN = ["run", "small.yaml", "--provider=cpu"];

/** Why runs cannot be stopped here, if so. */
export async function withoutKills(): Promise<string | undefined> {
  const missing = await withoutCpu();
  return missing ?? (canListProcesses ? undefined : `processes cannot be listed on ${Deno.build.os}`);
}

/** The results that must be the same, by name. */
export function resultsOf(trial: Trial): Record<string, string> {
  const folder = `${trial.out}/small`;
  const files = ["model.onnx", "model.safetensors", "predictions.csv", "metrics.json"];
  return Object.fromEntries(files.map((file) => [file, sha256OfFile(`${folder}/${latestRun(folder)}/${file}`)]));
}

/** A moment to stop a run at. */
export type Moment = (run: Running, trial: Trial) => Promise<unknown>;

export const stageBegins = (stage: string): Moment => (run) => run.told(new RegExp(`^ *${stage} +running`));

/** At a step of an epoch (both from 0) or soon after, but not before this run has done a step itself. */
export const during = (epoch: number, step: number): Moment => async (run, trial) => {
  const before = await checkpointIn(trial.cache);
  const look = async () => {
    const now = await checkpointIn(trial.cache);
    return now && isPast(now, { epoch, step }) && !(before && isPast(before, now)) ? now : undefined;
  };
  await until(look, run.ended, `a checkpoint of epoch ${epoch}, step ${step}`);
};

type Position = Pick<Standing, "epoch" | "step">;

const isPast = (at: Position, other: Position): boolean =>
  at.epoch > other.epoch || (at.epoch === other.epoch && at.step >= other.step);

/** A process that has lost its parent is given this long to write its checkpoint and end. */
const ORPHAN_MS = 60_000;

export async function nothingIsLeft(trial: Trial): Promise<void> {
  const none = async () => (await processesNaming(trial.cache)).length === 0 ? true : undefined;
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, ORPHAN_MS);
  await until(none, patience.promise, "an end of all processes").finally(() => clearTimeout(timer));
}

export async function killedAt(moment: Moment, trial: Trial): Promise<void> {
  const run = startCli(trial, RUN);
  await moment(run, trial);
  run.kill("SIGKILL");
  assert.equal((await run.ended).signal, "SIGKILL");
  await nothingIsLeft(trial);
}

/** Runs to the end, which must be reached. @returns what was told. */
export async function toTheEnd(trial: Trial): Promise<string> {
  const { code, stderr } = await cli(trial, RUN);
  assert.equal(code, 0, stderr);
  return stderr;
}
