/** A batch in parts learns what the whole batch learns. */
import assert from "node:assert/strict";
import type { EpochRow } from "../../lib/contracts/report.ts";
import { readHistory } from "../../lib/stages/_csv.ts";
import { runTrial } from "../e2e/_engine.ts";
import { ONNX, writeNetwork } from "../e2e/_network.ts";
import { testOnCpu } from "../e2e/_tests.ts";
import { openTrial } from "../e2e/_trial.ts";

const TRAIN = { epochs: 3, batch: 8, optimizer: { use: "sgd", lr: 0.05 } };

async function historyWith(train: Record<string, unknown>): Promise<EpochRow[]> {
  using trial = openTrial({ settings: { backbone: ONNX, head: "corn", loss: "corn", train: { ...TRAIN, ...train } } });
  writeNetwork(trial.folder);
  const result = await runTrial(trial, { only: ["pretrained", "dataset", "images", "train"] });
  return readHistory(await (await result.open("train.history")).text());
}

testOnCpu(
  "losses and errors are those of whole batches, also of a loss whose samples weigh by their labels",
  async () => {
    const whole = await historyWith({});
    const parts = await historyWith({ accumulate: 4 });
    for (const [i, { train_loss, validation_loss, validation_mae }] of whole.entries()) {
      assert.ok(
        Math.abs(parts[i].train_loss - train_loss) < 1e-5 * train_loss,
        `${parts[i].train_loss}, ${train_loss}`,
      );
      assert.ok(Math.abs(parts[i].validation_loss - validation_loss) < 1e-5 * validation_loss);
      assert.ok(Math.abs(parts[i].validation_mae - validation_mae) < 1e-3);
    }
    assert.notEqual(whole[0].train_loss, whole[2].train_loss);
  },
);

testOnCpu(
  "where the training part is smaller than the number of parts, there are as many parts as images",
  async () => {
    const dataset = {
      use: "utkface",
      path: "./images",
      ages: [1, 90],
      split: { by: "random", test: 0.5, validation: 0 },
    };
    using trial = openTrial({ faces: 2, settings: { dataset, train: { ...TRAIN, accumulate: 4 } } });
    const result = await runTrial(trial, { only: ["dataset", "images", "train"] });
    const history = readHistory(await (await result.open("train.history")).text());
    assert.ok(history.length === 3 && history.every(({ train_loss }) => Number.isFinite(train_loss)));
  },
);
