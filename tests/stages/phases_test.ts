import assert from "node:assert/strict";
import type { Pipeline, TrainSpec } from "../../lib/contracts/pipeline.ts";
import { phasesOf } from "../../lib/stages/_phases.ts";

function layers(train: Pipeline["backbone"]["train"], unfreeze: TrainSpec["unfreeze"], epochs = 8): number[] {
  const pipeline = { backbone: { train }, train: { unfreeze } } as Pipeline;
  const { layersIn } = phasesOf(pipeline, 6);
  return Array.from({ length: epochs }, (_, epoch) => layersIn(epoch));
}

Deno.test("without unfreezing every epoch trains what backbone.train says", () => {
  assert.deepEqual(layers("all", null, 2), [6, 6]);
  assert.deepEqual(layers("none", null, 2), [0, 0]);
  assert.deepEqual(layers(4, null, 2), [4, 4]);
  assert.deepEqual(layers(9, null, 2), [6, 6]);
});

Deno.test("unfreezing adds layers phase by phase, within what may train", () => {
  assert.deepEqual(layers("all", { head: 2, layers: 2, every: 2 }), [0, 0, 2, 2, 4, 4, 6, 6]);
  assert.deepEqual(layers(3, { head: 1, layers: 2, every: 1 }, 5), [0, 2, 3, 3, 3]);
  assert.deepEqual(layers("all", { head: 1, layers: 1000, every: 1 }, 3), [0, 6, 6]);
});

Deno.test("a phase begins where the number of layers changed", () => {
  const pipeline = { backbone: { train: 3 }, train: { unfreeze: { head: 2, layers: 2, every: 1 } } } as Pipeline;
  const { startOf } = phasesOf(pipeline, 6);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map(startOf), [0, 0, 2, 3, 3, 3]);
});
