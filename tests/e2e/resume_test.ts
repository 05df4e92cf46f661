/** Killed or interrupted at any moment, the same command goes on and ends with the bytes of a run that never stopped. */
import assert from "node:assert/strict";
import type { Standing } from "../../lib/stages/_checkpoint.ts";
import { latestRun } from "../../runners/files/results.ts";
import { sha256OfFile } from "../../runners/stores/sha256.ts";
import { cli, type Running, startCli } from "./_cli.ts";
import { withoutCpu } from "./_engine.ts";
import { openTrial, type Trial } from "./_trial.ts";
import { canListProcesses, checkpointIn, processesNaming, until } from "./_watch.ts";

const missing = await withoutCpu();
const skipped = missing ?? (canListProcesses ? undefined : `processes cannot be listed on ${Deno.build.os}`);
if (skipped !== undefined) console.log(`Resuming is not tested here: ${skipped}`);

/** Long enough to be stopped in the midst of it; a checkpoint after every step. */
const TRAIN = { epochs: 24, batch: 4, checkpoint: 0.001 };
const SETTINGS = { backbone: { use: "convnet", width: 8, depth: 2, image: 32 }, train: TRAIN };
const RUN = ["run", "small.yaml", "--provider=cpu"];

/** The results that must be the same, by name. */
function resultsOf(trial: Trial): Record<string, string> {
  const folder = `${trial.out}/small`;
  const files = ["model.onnx", "model.safetensors", "predictions.csv", "metrics.json"];
  return Object.fromEntries(files.map((file) => [file, sha256OfFile(`${folder}/${latestRun(folder)}/${file}`)]));
}

/** A moment to stop a run at. */
type Moment = (run: Running, trial: Trial) => Promise<unknown>;

const stageBegins = (stage: string): Moment => (run) => run.told(new RegExp(`^ *${stage} +running`));

/** At a step of an epoch (both from 0) or soon after, but not before this run has done a step itself. */
const during = (epoch: number, step: number): Moment => async (run, trial) => {
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

/** The process that computes. */
async function childOf(trial: Trial): Promise<number> {
  const found = (await processesNaming(trial.cache)).filter(({ command }) => command.includes("child.ts"));
  assert.equal(found.length, 1, `processes that compute: ${found.map(({ command }) => command).join("\n")}`);
  return found[0].pid;
}

/** A process that has lost its parent is given this long to write its checkpoint and end. */
const ORPHAN_MS = 60_000;

async function nothingIsLeft(trial: Trial): Promise<void> {
  const none = async () => (await processesNaming(trial.cache)).length === 0 ? true : undefined;
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, ORPHAN_MS);
  await until(none, patience.promise, "an end of all processes").finally(() => clearTimeout(timer));
}

async function killedAt(moment: Moment, trial: Trial): Promise<void> {
  const run = startCli(trial, RUN);
  await moment(run, trial);
  run.kill("SIGKILL");
  assert.equal((await run.ended).signal, "SIGKILL");
  await nothingIsLeft(trial);
}

async function childKilledAt(moment: Moment, trial: Trial): Promise<void> {
  const run = startCli(trial, RUN);
  await moment(run, trial);
  Deno.kill(await childOf(trial), "SIGKILL");
  const { code, stderr } = await run.ended;
  assert.equal(code, 1);
  assert.match(stderr, /was ended by SIGKILL, .*run the same command to go on/);
  assert.match(stderr, /going on from the checkpoint of epoch \d+, step \d/);
}

async function interruptedAt(moment: Moment, trial: Trial, signal: Deno.Signal, narrow: boolean): Promise<void> {
  const run = startCli(trial, RUN, { narrow });
  await moment(run, trial);
  run.kill(signal);
  const { code, stderr } = await run.ended;
  assert.equal(code, 130);
  assert.match(stderr, /the last checkpoint was kept/);
  assert.ok(await checkpointIn(trial.cache), "no checkpoint was kept");
  await nothingIsLeft(trial);
}

Deno.test({
  name: "a run that was killed five times and interrupted twice ends with the bytes of one that was not",
  ignore: skipped !== undefined,
  async fn() {
    using calm = openTrial({ settings: SETTINGS });
    assert.equal((await cli(calm, RUN)).code, 0);
    using trial = openTrial({ settings: SETTINGS });
    await killedAt(stageBegins("dataset"), trial);
    await killedAt(stageBegins("images"), trial);
    await killedAt(during(0, 3), trial);
    await childKilledAt(during(4, 2), trial);
    await interruptedAt(during(8, 1), trial, "SIGINT", false);
    await interruptedAt(during(12, 5), trial, "SIGTERM", true);
    await killedAt(during(16, 4), trial);
    const last = await cli(trial, RUN);
    assert.equal(last.code, 0, last.stderr);
    assert.match(last.stderr, /going on from the checkpoint of epoch (1[7-9]|2\d), step \d/);
    assert.deepEqual(resultsOf(trial), resultsOf(calm));
    assert.equal(await checkpointIn(trial.cache), undefined, "a finished stage leaves its checkpoint behind");
  },
});
