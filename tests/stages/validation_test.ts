/** What validation measures does not depend on how the images fall into batches. */
import assert from "node:assert/strict";
import { readHistory } from "../../lib/stages/_csv.ts";
import { runTrial } from "../e2e/_engine.ts";
import { testOnCpu } from "../e2e/_tests.ts";
import { openTrial, type Settings } from "../e2e/_trial.ts";

const ONLY = ["dataset", "images", "train"];
/** Two tasks, of which the second has a label for every other face or so. */
const TASKS: Settings = {
  dataset: { use: "csv", path: "./images", ages: [1, 90], split: { by: "random", test: 0.2, validation: 0.4 } },
  augmentation: [],
  backbone: { use: "convnet", width: 4, depth: 2, image: 16, batch_norm: "frozen" },
  head: { age: "classification", smile: "classification" },
  loss: { age: { use: "ce", weights: "inverse" }, smile: "ce" },
};

/** Figures of an epoch that leaves the weights as they are. */
async function figures(batch: number, order = ["age", "smile"]): Promise<{ loss: number; mae: number }> {
  const inOrder = (by: unknown) => Object.fromEntries(order.map((task) => [task, (by as Settings)[task]]));
  const { head, loss } = TASKS;
  const train = { epochs: 1, batch, weights: { smile: 5 }, optimizer: { use: "sgd", lr: 1e-12 } };
  using trial = openTrial({ settings: { ...TASKS, head: inOrder(head), loss: inOrder(loss), train } });
  const names = Array.from(Deno.readDirSync(trial.images), ({ name }) => name).sort();
  const rows = names.map((name, i) =>
    [name, name.split("_")[0], i % 3 === 0 ? "yes" : i % 7 === 1 ? "no" : ""].join(",")
  );
  Deno.writeTextFileSync(`${trial.images}/labels.csv`, ["file,age,smile", ...rows].join("\n"));
  const run = await runTrial(trial, { only: ONLY });
  const [{ validation_loss, validation_mae }] = readHistory(await (await run.open("train.history")).text());
  return { loss: validation_loss, mae: validation_mae };
}

testOnCpu("the validation loss of several tasks is that of all images at once", async () => {
  const whole = await figures(16);
  for (const batch of [9, 5]) {
    const { loss, mae } = await figures(batch);
    assert.ok(Math.abs(loss - whole.loss) < 1e-5 * whole.loss, `${loss} in batches of ${batch}, ${whole.loss} at once`);
    assert.ok(Math.abs(mae - whole.mae) < 1e-4);
  }
});

testOnCpu("the error is that of the ages, whichever task is named first", async () => {
  const [first, last] = [await figures(16), await figures(16, ["smile", "age"])];
  assert.equal(last.mae, first.mae);
});
