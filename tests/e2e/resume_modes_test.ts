/** In every way to train, a run that was killed five times ends with the bytes of one that was not. */
import assert from "node:assert/strict";
import { during, killedAt, type Moment, resultsOf, stageBegins, toTheEnd, withoutKills } from "./_kill.ts";
import { ONNX, writeNetwork } from "./_network.ts";
import { openTrial, type Settings } from "./_trial.ts";
import { checkpointIn } from "./_watch.ts";

const skipped = await withoutKills();
if (skipped !== undefined) console.log(`Resuming is not tested here: ${skipped}`);

/** Long enough to be stopped in the midst of it; a checkpoint after every step. */
const TRAIN = { epochs: 24, batch: 4, checkpoint: 0.001 };
const IN_TRAINING = [during(1, 3), during(3, 1), during(6, 5), during(8, 2), during(11, 4)];

const MODES: Readonly<Record<string, { settings: Settings; kills: readonly Moment[] }>> = {
  frozen: {
    settings: { backbone: { ...ONNX, train: "none" }, augmentation: ["flip"], train: { ...TRAIN, epochs: 60 } },
    kills: [stageBegins("features"), stageBegins("train"), during(3, 3), during(12, 1), during(22, 0)],
  },
  "fine-tuned": { settings: { backbone: { ...ONNX, lr_scale: 0.5 }, train: TRAIN }, kills: IN_TRAINING },
  "accumulated and averaged": {
    settings: { train: { ...TRAIN, accumulate: 2, average: 0.95 } },
    kills: IN_TRAINING,
  },
  unfrozen: {
    settings: {
      backbone: ONNX,
      train: { ...TRAIN, average: 0.95, layer_decay: 0.7, unfreeze: { head: 3, layers: 1, every: 6 } },
    },
    kills: IN_TRAINING,
  },
};

for (const [mode, { settings, kills }] of Object.entries(MODES)) {
  Deno.test({
    name: `${mode}: killed five times, it ends with the bytes of a run that was not`,
    ignore: skipped !== undefined,
    async fn() {
      using calm = openTrial({ settings });
      writeNetwork(calm.folder);
      await toTheEnd(calm);
      using trial = openTrial({ settings });
      writeNetwork(trial.folder);
      for (const moment of kills) await killedAt(moment, trial);
      assert.match(await toTheEnd(trial), /going on from the checkpoint of epoch \d+, step \d/);
      assert.deepEqual(resultsOf(trial), resultsOf(calm));
      assert.equal(await checkpointIn(trial.cache), undefined, "a finished stage leaves its checkpoint behind");
    },
  });
}
