/** Heads on stored features train and predict as behind the backbone that made them. */
import assert from "node:assert/strict";
import type { Tensors } from "../../lib/base/tensor.ts";
import { compileFeatures, featureCount } from "../../lib/compile/features.ts";
import { compileValidation } from "../../lib/compile/inference.ts";
import { compileTrainStep } from "../../lib/compile/train_step.ts";
import type { ModelSpec } from "../../lib/contracts/model_spec.ts";
import { evaluateNumbers, type NumbersByName } from "../../lib/ops/evaluate.ts";
import { assertClose } from "../nn/_run.ts";
import { batchOf, flipped, noise, optimizer, task, tinyModel, tinyModelWith } from "./_models.ts";
import { numbersOfAll, runSteps } from "./_steps.ts";

const BATCH = 4;
const tasks = [task("coral", "coral", { head: { hidden: 6 } }), task("regression", "mse", { name: "score" })];

/** Running statistics that are not those of a fresh net. */
const statistics = Object.fromEntries(
  [[1, 4], [2, 8]].flatMap(([layer, channels]) => [
    [`layer${layer}.bn.running_mean`, noise([channels], layer)],
    [`layer${layer}.bn.running_var`, noise([channels], 10 + layer)],
  ]),
);

const frozen: ModelSpec = tinyModelWith(tasks, { layers: 0, weights: statistics });
const step = compileTrainStep(frozen, { batch: BATCH, features: 8, optimizer: optimizer("adamw"), clip: 1 });
const { image, ...targets } = batchOf(BATCH, tasks);

function featuresOf(image: Tensors[string]): NumbersByName[string] {
  return evaluateNumbers(compileFeatures(frozen, { batch: BATCH }), numbersOfAll({ image })).features;
}

function asTensor({ dims, data }: NumbersByName[string]): Tensors[string] {
  return { type: "float32", dims, data: Float32Array.from(data) };
}

Deno.test("features: as many as the backbone says, for any batch", () => {
  assert.equal(featureCount(frozen), 8);
  const { inputs, outputs } = compileFeatures(frozen, { batch: "N" });
  assert.deepEqual(inputs, [{ name: "image", type: "float32", shape: ["N", 3, 16, 16] }]);
  assert.deepEqual(outputs, [{ name: "features", type: "float32", shape: ["N", 8] }]);
});

Deno.test("features: training on them is training behind a backbone of which nothing trains", () => {
  const behind = compileTrainStep(frozen, { batch: BATCH, optimizer: optimizer("adamw"), clip: 1 });
  const byImages = runSteps(behind, { image, ...targets }, 3, 0.05);
  const byFeatures = runSteps(step, { features: asTensor(featuresOf(image)), ...targets }, 3, 0.05);
  byFeatures.forEach(({ outputs, state }, i) => {
    assertClose(outputs.loss, byImages[i].outputs.loss.data, 1e-5, `loss of step ${i + 1}`);
    for (const name of step.parameters) assertClose(state[name], byImages[i].state[name].data, 1e-4, name);
  });
  assert.deepEqual(step.parameters, behind.parameters);
  assert.deepEqual(step.frozen, behind.frozen);
  assert.ok(step.graph.inputs.every(({ name }) => name !== "image"));
});

Deno.test("features: parameters, buffers and the rest are together the whole model", () => {
  const whole = compileTrainStep(tinyModel(tasks), { batch: BATCH, optimizer: optimizer("sgd"), clip: null });
  const names = [...step.parameters, ...step.buffers, ...Object.keys(step.frozen)];
  assert.deepEqual(new Set(names), new Set([...whole.parameters, ...whole.buffers]));
  assert.equal(names.length, new Set(names).size);
});

for (const mirror of [false, true]) {
  Deno.test(`features: validation on them is validation on images, mirrored ${mirror}`, () => {
    const weights = { ...step.initial, ...step.frozen };
    const byImages = compileValidation(frozen, weights, { batch: BATCH, mirror });
    const byFeatures = compileValidation(frozen, step.initial, { batch: BATCH, mirror, features: 8 });
    const features = { features: asTensor(featuresOf(image)) };
    const views = mirror ? { ...features, "features/mirrored": asTensor(featuresOf(flipped(image))) } : features;
    const expected = evaluateNumbers(byImages, numbersOfAll({ image, ...targets }));
    const found = evaluateNumbers(byFeatures, numbersOfAll({ ...views, ...targets }));
    assert.deepEqual(Object.keys(found), ["age", "posterior", "score", "loss/age", "loss/score", "loss"]);
    for (const [name, value] of Object.entries(found)) assertClose(value, expected[name].data, 1e-5, name);
  });
}
