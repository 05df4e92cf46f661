/** Moving averages of the weights. */
import assert from "node:assert/strict";
import { compileTrainStep } from "../../lib/compile/train_step.ts";
import { assertClose } from "../nn/_run.ts";
import { batchOf, optimizer, task, tinyModel, tinyModelWith } from "./_models.ts";
import { numbersOfAll, runSteps } from "./_steps.ts";

const BATCH = 4;
const tasks = [task("regression", "mse")];
const feeds = batchOf(BATCH, tasks);
const sgd = optimizer("sgd");

for (const decay of [0.999, 0.3]) {
  Deno.test(`average ${decay}: that of a plain loop over the weights after each step`, () => {
    const step = compileTrainStep(tinyModel(tasks), { batch: BATCH, optimizer: sgd, clip: null, average: decay });
    const weights = [...step.parameters, ...step.buffers];
    assert.deepEqual(Object.keys(step.averages), weights);
    const expected = Object.fromEntries(weights.map((name) => [name, numbersOfAll(step.initial)[name].data]));
    runSteps(step, feeds, 12, 0.1).forEach(({ state }, i) => {
      const t = i + 1;
      const kept = Math.min(decay, (1 + t) / (10 + t));
      for (const name of weights) {
        expected[name] = expected[name].map((value, k) => kept * value + (1 - kept) * state[name].data[k]);
        assertClose(state[step.averages[name]], expected[name], 1e-6, `${name} after step ${t}`);
      }
    });
    assert.notDeepEqual(expected["head.age.fc.weight"], numbersOfAll(step.initial)["head.age.fc.weight"].data);
  });
}

Deno.test("average: the weights themselves train as without it; constant ones have none", () => {
  const options = { batch: BATCH, optimizer: sgd, clip: null };
  const model = tinyModelWith(tasks, { layers: 1 });
  const averaged = compileTrainStep(model, { ...options, average: 0.9 });
  const plain = compileTrainStep(model, { ...options, average: null });
  assert.deepEqual(plain.averages, {});
  assert.deepEqual(Object.keys(averaged.averages), [...plain.parameters, ...plain.buffers]);
  const [a, b] = [averaged, plain].map((step) => runSteps(step, feeds, 2, 0.1)[1].state);
  for (const name of Object.values(plain.carry)) assert.deepEqual(a[name].data, b[name].data, name);
});
