import assert from "node:assert/strict";
import { runTrial } from "../e2e/_engine.ts";
import { testOnCpu } from "../e2e/_tests.ts";
import { openTrial } from "../e2e/_trial.ts";

testOnCpu("a task for which no training image has a label is refused by its name", async () => {
  const settings = {
    dataset: { use: "csv", path: "./images", ages: [1, 90] },
    head: { age: "regression", smile: "coral" },
    loss: { age: "mse", smile: { use: "coral", importance: true } },
  };
  using trial = openTrial({ faces: 12, settings });
  const rows = Array.from(Deno.readDirSync(trial.images), ({ name }) => `${name},${name.split("_")[0]},`);
  Deno.writeTextFileSync(`${trial.images}/labels.csv`, ["file,age,smile", ...rows].join("\n"));
  await assert.rejects(runTrial(trial, { only: ["dataset", "images", "train"] }), {
    name: "UserError",
    message: 'Cannot train "small": no image of the training part has a label for the task "smile"; ' +
      'fill the column "smile", or leave the task out',
  });
});
