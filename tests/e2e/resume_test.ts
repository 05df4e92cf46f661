/** Killed or interrupted at any moment, the same command goes on and ends with the bytes of a run that never stopped. */
import assert from "node:assert/strict";
import { startCli } from "./_cli.ts";
import {
  during,
  killedAt,
  type Moment,
  nothingIsLeft,
  resultsOf,
  RUN,
  stageBegins,
  toTheEnd,
  withoutKills,
} from "./_kill.ts";
import { openTrial, type Trial } from "./_trial.ts";
import { checkpointIn, processesNaming } from "./_watch.ts";

const skipped = await withoutKills();
if (skipped !== undefined) console.log(`Resuming is not tested here: ${skipped}`);

/** Long enough to be stopped in the midst of it; a checkpoint after every step. */
const TRAIN = { epochs: 24, batch: 4, checkpoint: 0.001 };
const SETTINGS = { backbone: { use: "convnet", width: 8, depth: 2, image: 32 }, train: TRAIN };

/** The process that computes. */
async function childOf(trial: Trial): Promise<number> {
  const found = (await processesNaming(trial.cache)).filter(({ command }) => command.includes("child.ts"));
  assert.equal(found.length, 1, `processes that compute: ${found.map(({ command }) => command).join("\n")}`);
  return found[0].pid;
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
    await toTheEnd(calm);
    using trial = openTrial({ settings: SETTINGS });
    await killedAt(stageBegins("dataset"), trial);
    await killedAt(stageBegins("images"), trial);
    await killedAt(during(0, 3), trial);
    await childKilledAt(during(4, 2), trial);
    await interruptedAt(during(8, 1), trial, "SIGINT", false);
    await interruptedAt(during(12, 5), trial, "SIGTERM", true);
    await killedAt(during(16, 4), trial);
    const told = await toTheEnd(trial);
    assert.match(told, /going on from the checkpoint of epoch (1[7-9]|2\d), step \d/);
    assert.deepEqual(resultsOf(trial), resultsOf(calm));
    assert.equal(await checkpointIn(trial.cache), undefined, "a finished stage leaves its checkpoint behind");
  },
});
