import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { surveyBackbone } from "../../lib/compile/layers.ts";
import { compileTrainStep, type TrainStep } from "../../lib/compile/train_step.ts";
import type { ModelSpec } from "../../lib/contracts/model_spec.ts";
import type { NumbersByName } from "../../lib/ops/evaluate.ts";
import { batchOf, noise, optimizer, plainModel, task, tinyModel, tinyModelWith } from "./_models.ts";
import { numbersOfAll, runStep } from "./_steps.ts";

const BATCH = 4;
const tasks = [task("classification", "ce")];
const feeds = batchOf(BATCH, tasks);
const sgd = optimizer("sgd", { momentum: 0.9 });

function stepOf(model: ModelSpec): TrainStep {
  return compileTrainStep(model, { batch: BATCH, optimizer: sgd, clip: null });
}

const LAYER_1 = ["layer1.conv.weight", "layer1.bn.weight", "layer1.bn.bias"];
const LAYER_2 = ["layer2.conv.weight", "layer2.bn.weight", "layer2.bn.bias"];
const HEAD = ["head.age.fc.weight", "head.age.fc.bias"];
const statistics = (layer: number) => [`layer${layer}.bn.running_mean`, `layer${layer}.bn.running_var`];

Deno.test("layers: a convolution with the normalisation that follows; what the features do not need is in none", () => {
  const tiny = surveyBackbone(tinyModel(tasks).backbone);
  assert.deepEqual([tiny.layers, tiny.features], [2, 8]);
  assert.deepEqual(
    Object.fromEntries(tiny.layerOf),
    Object.fromEntries([
      ...[...LAYER_1, ...statistics(1)].map((name) => [name, 0]),
      ...[...LAYER_2, ...statistics(2)].map((name) => [name, 1]),
    ]),
  );
  const plain = surveyBackbone(plainModel(tasks).backbone);
  assert.deepEqual([plain.layers, plain.features], [2, 6]);
  assert.deepEqual(Object.fromEntries(plain.layerOf), {
    shift: 0,
    "first.weight": 0,
    "first.bias": 0,
    "second.weight": 1,
    "second.bias": 1,
  });
  assert.equal(plain.tensors[0].name, "unused.weight");
});

Deno.test("frozen: what trains, what is carried and what stays, by number of layers", () => {
  const all = stepOf(tinyModel(tasks));
  assert.deepEqual([all.parameters, all.buffers], [[...LAYER_1, ...LAYER_2, ...HEAD], [
    ...statistics(1),
    ...statistics(2),
  ]]);
  assert.deepEqual(all.frozen, {});
  const one = stepOf(tinyModelWith(tasks, { layers: 1 }));
  assert.deepEqual([one.parameters, one.buffers], [[...LAYER_2, ...HEAD], statistics(2)]);
  assert.deepEqual(Object.keys(one.frozen), [...LAYER_1, ...statistics(1)]);
  const none = stepOf(tinyModelWith(tasks, { layers: 0 }));
  assert.deepEqual([none.parameters, none.buffers], [HEAD, []]);
  assert.equal(Object.keys(none.frozen).length, 10);
  const more = stepOf(tinyModelWith(tasks, { layers: 9 }));
  assert.deepEqual(more.parameters, all.parameters);
  const statisticsKept = stepOf(tinyModelWith(tasks, { frozenStatistics: true }));
  assert.deepEqual([statisticsKept.parameters, statisticsKept.buffers], [all.parameters, []]);
  assert.deepEqual(Object.keys(statisticsKept.frozen), [...statistics(1), ...statistics(2)]);
  const plain = stepOf(plainModel(tasks));
  assert.deepEqual(Object.keys(plain.frozen), ["unused.weight", "unused.scale"]);
  for (const step of [one, none, statisticsKept]) {
    const used = Object.keys(step.frozen).filter((name) => step.graph.constants.get(name) === step.frozen[name]);
    assert.deepEqual(used, Object.keys(step.frozen));
    assert.ok(step.graph.inputs.every(({ name }) => step.frozen[name] === undefined));
  }
});

/** Three steps; before each the carried values named in `held` are set back to what they were. */
function train(step: TrainStep, held: readonly string[] = []): NumbersByName {
  const start = numbersOfAll(step.initial);
  let state = start;
  for (let t = 1; t <= 3; t++) {
    state = { ...state, ...Object.fromEntries(held.map((name) => [name, start[name]])) };
    state = runStep(step, state, feeds, t, 0.1).state;
  }
  return state;
}

Deno.test("frozen: the rest moves exactly as in the full step with the frozen layers held still", () => {
  const full = stepOf(tinyModelWith(tasks, { frozenStatistics: true }));
  const part = stepOf(tinyModelWith(tasks, { frozenStatistics: true, layers: 1 }));
  assert.deepEqual(part.frozen[LAYER_1[0]], full.initial[LAYER_1[0]]);
  const [byFull, byPart] = [train(full, LAYER_1), train(part)];
  const start = numbersOfAll(part.initial);
  for (const name of part.parameters) {
    assert.notDeepEqual(byPart[name].data, start[name].data, `${name} moves`);
    assert.deepEqual(byPart[name].data, byFull[name].data, name);
  }
});

Deno.test("frozen: without layers the heads move exactly as beside a backbone whose learning rate is 0", () => {
  const still = train(stepOf(tinyModelWith(tasks, { frozenStatistics: true, lrScale: 0 })));
  const none = train(stepOf(tinyModelWith(tasks, { layers: 0 })));
  for (const name of HEAD) assert.deepEqual(none[name].data, still[name].data, name);
});

Deno.test("frozen: the normalisation of a frozen layer uses its running statistics, that of the others the batch's", () => {
  const part = stepOf(tinyModelWith(tasks, { layers: 1 }));
  const normalisations = part.graph.nodes.filter(({ op }) => op === "BatchNormalization");
  assert.deepEqual(normalisations.map(({ inputs }) => inputs[3]), [statistics(1)[0]]);
  const kept = stepOf(tinyModelWith(tasks, { frozenStatistics: true }));
  assert.equal(kept.graph.nodes.filter(({ op }) => op === "BatchNormalization").length, 2);
});

Deno.test("starting weights: given ones by name, the rest from the seed; one of another shape is refused", () => {
  const given = { "layer1.conv.weight": noise([4, 3, 3, 3], 3), "layer1.bn.running_mean": noise([4], 4) };
  for (const layers of [undefined, 0]) {
    const step = stepOf(tinyModelWith(tasks, { weights: given, layers }));
    const start = { ...step.initial, ...step.frozen };
    for (const [name, weight] of Object.entries(given)) assert.equal(start[name], weight, name);
    assert.deepEqual(start[LAYER_2[0]], stepOf(tinyModel(tasks)).initial[LAYER_2[0]]);
  }
  const misshapen = { "layer2.bn.bias": noise([4], 1) };
  assert.throws(() => stepOf(tinyModelWith(tasks, { weights: misshapen })), (error: Error) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.message, 'Cannot load the weight "layer2.bn.bias": it is [4], the model needs [8]');
    return true;
  });
});
