/** Learning rates by layer. */
import assert from "node:assert/strict";
import { compileTrainStep, type TrainStep, type TrainStepOptions } from "../../lib/compile/train_step.ts";
import type { BackboneModel } from "../../lib/contracts/model_spec.ts";
import type { NumbersByName } from "../../lib/ops/evaluate.ts";
import { assertClose } from "../nn/_run.ts";
import { batchOf, optimizer, plainModel, task } from "./_models.ts";
import { numbersOfAll, runSteps } from "./_steps.ts";

const BATCH = 4;
const LR = 0.25;
const tasks = [task("coral", "coral")];
const feeds = batchOf(BATCH, tasks);

function compile(how: Partial<BackboneModel>, use: string, params: unknown, layerDecay?: number): TrainStep {
  const options: TrainStepOptions = { batch: BATCH, optimizer: optimizer(use, params), clip: null, layerDecay };
  return compileTrainStep(plainModel(tasks, how), options);
}

/** How far one step moves each parameter. */
function moves(step: TrainStep): NumbersByName {
  const start = numbersOfAll(step.initial);
  const [{ state }] = runSteps(step, feeds, 1, LR);
  const moved = step.parameters.map((name) => {
    const data = state[name].data.map((value, i) => value - start[name].data[i]);
    return [name, { ...state[name], data }] as const;
  });
  return Object.fromEntries(moved);
}

/** The rate factor of each parameter with `lrScale` 0.5 and `layerDecay` 0.3, worked out by hand. */
const FACTORS = {
  shift: 0.15,
  "first.weight": 0.15,
  "first.bias": 0.15,
  "second.weight": 0.5,
  "second.bias": 0.5,
  "head.age.coral_weights.weight": 1,
  "head.age.coral_bias": 1,
};

Deno.test("rates: a step of plain descent moves each parameter by its own rate times the gradient", () => {
  const sgd = { momentum: 0, weight_decay: 0 };
  const plain = moves(compile({}, "sgd", sgd));
  const scaled = moves(compile({ lrScale: 0.5 }, "sgd", sgd, 0.3));
  assert.deepEqual(Object.keys(plain).sort(), Object.keys(FACTORS).sort());
  for (const [name, factor] of Object.entries(FACTORS)) {
    assert.ok(plain[name].data.some((move) => move !== 0), `${name} moves`);
    assertClose(scaled[name], plain[name].data.map((move) => factor * move), 1e-7, name);
  }
});

Deno.test("rates: the exponent counts all layers behind, those that train are the last ones", () => {
  const sgd = { momentum: 0, weight_decay: 0 };
  const plain = moves(compile({}, "sgd", sgd));
  const last = moves(compile({ layers: 1 }, "sgd", sgd, 0.3));
  assertClose(last["second.weight"], plain["second.weight"].data, 1e-12, "the last layer has the full rate");
});

Deno.test("rates: the decay of adamw follows the rate of its layer", () => {
  const step = compile({ lrScale: 0.5 }, "adamw", { weight_decay: 0.1 }, 0.3);
  const moved = moves(step);
  const free = moves(compile({ lrScale: 0.5 }, "adamw", { weight_decay: 0 }, 0.3));
  const start = numbersOfAll(step.initial);
  for (const name of ["first.weight", "second.weight", "head.age.coral_weights.weight"] as const) {
    const decayed = start[name].data.map((value, i) => free[name].data[i] - FACTORS[name] * LR * 0.1 * value);
    assertClose(moved[name], decayed, 1e-6, name);
  }
});

Deno.test("rates: layers of one factor share what the optimizer works out once for a step", () => {
  const exponentials = (layerDecay: number): number =>
    compile({}, "adamw", {}, layerDecay).graph.nodes.filter(({ op }) => op === "Exp").length;
  const without = compile({}, "sgd", {}).graph.nodes.filter(({ op }) => op === "Exp").length;
  const once = exponentials(1) - without;
  assert.ok(once > 0);
  assert.equal(exponentials(0.3) - without, 2 * once);
});
