import assert from "node:assert/strict";
import type { Tensor, Tensors } from "../../lib/base/tensor.ts";
import { random } from "../../lib/base/random.ts";
import { compileTrainStep, type TrainStep } from "../../lib/compile/train_step.ts";
import type { Numbers } from "../../lib/contracts/op.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { evaluateNumbers } from "../../lib/ops/evaluate.ts";
import { numbersOf } from "../../lib/ops/numbers.ts";
import { assertClose } from "../nn/_run.ts";
import { batchOf, noise, optimizer, PAIRS, scalarOf, task, tinyModel } from "./_models.ts";

function feedsOf(tensors: Tensors): Record<string, Numbers> {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, numbersOf(value)]));
}

function noiseOf(step: TrainStep): Record<string, Tensor> {
  return Object.fromEntries(step.noise.map(({ name, shape }, i) => [name, noise(shape, i)]));
}

/** Steps in float64 on one batch; gives the loss of every step and what is carried after the last. */
function train(step: TrainStep, feeds: Tensors, steps: number, lr: number) {
  let state = feedsOf(step.initial);
  const losses: number[] = [];
  for (let t = 1; t <= steps; t++) {
    const scalars = feedsOf({ lr: scalarOf(lr), step: scalarOf(t) });
    const found = evaluateNumbers(step.graph, { ...state, ...feedsOf(feeds), ...scalars });
    losses.push(found.loss.data[0]);
    state = Object.fromEntries(Object.entries(step.carry).map(([output, input]) => [input, found[output]]));
  }
  return { losses, state };
}

const BATCH = 6;
const plainSgd = optimizer("sgd", { lr: 1, momentum: 0, weight_decay: 0 });

for (const [head, loss] of PAIRS) {
  Deno.test(`train step ${head}/${loss}: a step of plain descent is the gradient, by differences of the loss`, () => {
    const tasks = [task(head, loss)];
    const step = compileTrainStep(tinyModel(tasks), { batch: BATCH, optimizer: plainSgd, clip: null });
    const fixed = { ...feedsOf(batchOf(BATCH, tasks)), ...feedsOf({ lr: scalarOf(1), step: scalarOf(1) }) };
    const start = feedsOf(step.initial);
    const next = evaluateNumbers(step.graph, { ...start, ...fixed });
    const stream = random("direction", head, loss);
    const direction = Object.fromEntries(
      step.parameters.map((name) => [name, start[name].data.map(() => stream.normal())]),
    );
    const moved = (by: number): number => {
      const at = step.parameters.map((name) => {
        const data = start[name].data.map((x, i) => x + by * direction[name][i]);
        return [name, { ...start[name], data }] as const;
      });
      return evaluateNumbers(step.graph, { ...start, ...fixed, ...Object.fromEntries(at) }, ["loss"]).loss.data[0];
    };
    const byStep = step.parameters.reduce((sum, name) => {
      const gradient = start[name].data.map((x, i) => x - next[`next/${name}`].data[i]);
      return sum + gradient.reduce((part, g, i) => part + g * direction[name][i], 0);
    }, 0);
    const h = 1e-6;
    assertClose({ data: [byStep] }, [(moved(h) - moved(-h)) / (2 * h)], 1e-4, "directional derivative");
    const squares = step.parameters.map((name) =>
      start[name].data.reduce((sum, x, i) => sum + (x - next[`next/${name}`].data[i]) ** 2, 0)
    );
    const norm = Math.sqrt(squares.reduce((a, b) => a + b));
    assertClose(next.gradient_norm, [norm], 1e-9, "gradient norm");
  });

  Deno.test(`train step ${head}/${loss}: learns one batch by heart`, () => {
    const tasks = [task(head, loss)];
    const step = compileTrainStep(tinyModel(tasks), { batch: BATCH, optimizer: optimizer("adamw"), clip: 5 });
    const { losses } = train(step, batchOf(BATCH, tasks), 25, 0.03);
    assert.ok(losses.at(-1)! < 0.6 * losses[0], `${losses[0]} to ${losses.at(-1)}`);
  });
}

Deno.test("train step: inputs, outputs and what is carried", () => {
  const tasks = [task("classification", "ce", { head: { dropout: 0.5 } })];
  const step = compileTrainStep(tinyModel(tasks), { batch: BATCH, optimizer: optimizer("adamw"), clip: null });
  assert.deepEqual(step.parameters, [
    "layer1.conv.weight",
    "layer1.bn.weight",
    "layer1.bn.bias",
    "layer2.conv.weight",
    "layer2.bn.weight",
    "layer2.bn.bias",
    "head.age.fc.weight",
    "head.age.fc.bias",
  ]);
  assert.deepEqual(step.buffers, ["layer1", "layer2"].flatMap((l) => [`${l}.bn.running_mean`, `${l}.bn.running_var`]));
  assert.deepEqual(step.noise, [{ name: "noise/head.age.dropout", shape: [BATCH, 8] }]);
  const slots = step.parameters.flatMap((name) => [`exp_avg/${name}`, `exp_avg_sq/${name}`]);
  const norms = ["gradient_norms", "gradient_norms/before"];
  const carried = [...step.parameters, ...slots, ...step.buffers, ...norms];
  assert.deepEqual(new Set(Object.values(step.carry)), new Set(carried));
  assert.deepEqual(new Set(Object.keys(step.initial)), new Set(carried));
  const once = ["image", "target/age", "weight/age", "lr", "step", "noise/head.age.dropout"];
  assert.deepEqual(new Set(step.graph.inputs.map(({ name }) => name)), new Set([...carried, ...once]));
  const outputs = ["loss", "loss/age", "gradient_norm", ...carried.map((name) => `next/${name}`)];
  assert.deepEqual(new Set(step.graph.outputs.map(({ name }) => name)), new Set(outputs));
});

Deno.test("train step: the same spec gives the same bytes and weights, another seed other weights only", () => {
  const compile = (seed: number) =>
    compileTrainStep(tinyModel([task("coral", "coral")], seed), { batch: 4, optimizer: optimizer("sgd"), clip: 1 });
  const [one, again, other] = [compile(1), compile(1), compile(2)];
  assert.deepEqual(encodeModel(again.graph), encodeModel(one.graph));
  assert.deepEqual(encodeModel(other.graph), encodeModel(one.graph));
  assert.deepEqual(again.initial, one.initial);
  assert.notDeepEqual(other.initial["layer1.conv.weight"].data, one.initial["layer1.conv.weight"].data);
  assert.notDeepEqual(
    one.initial["layer1.conv.weight"].data.slice(0, 9),
    one.initial["layer2.conv.weight"].data.slice(0, 9),
  );
});

Deno.test("train step: clipping scales the gradient to the norm and tells the norm before", () => {
  const tasks = [task("regression", "mse")];
  const feeds = batchOf(BATCH, tasks);
  const shift = (clip: number | null) => {
    const step = compileTrainStep(tinyModel(tasks), { batch: BATCH, optimizer: plainSgd, clip });
    const found = evaluateNumbers(
      step.graph,
      feedsOf({ ...step.initial, ...feeds, lr: scalarOf(1), step: scalarOf(1) }),
    );
    const squares = step.parameters.map((name) =>
      found[`next/${name}`].data.reduce((sum, x, i) => sum + (x - Number(step.initial[name].data[i])) ** 2, 0)
    );
    return { norm: found.gradient_norm.data[0], moved: Math.sqrt(squares.reduce((a, b) => a + b)) };
  };
  const free = shift(null);
  const clipped = shift(free.norm / 4);
  assertClose({ data: [clipped.norm, clipped.moved] }, [free.norm, free.norm / 4], 1e-5, "clipped");
  assertClose({ data: [shift(free.norm * 4).moved] }, [free.norm], 1e-9, "within the bound");
});

Deno.test("train step: several tasks on one backbone, weighed", () => {
  const tasks = [task("coral", "coral"), task("classification", "ce", { name: "gender", weight: 0.25 })];
  const step = compileTrainStep(tinyModel(tasks), { batch: BATCH, optimizer: optimizer("sgd"), clip: null });
  const feeds = { ...step.initial, ...batchOf(BATCH, tasks), lr: scalarOf(0.1), step: scalarOf(1) };
  const found = evaluateNumbers(step.graph, feedsOf(feeds));
  const [age, gender] = [found["loss/age"].data[0], found["loss/gender"].data[0]];
  assertClose(found.loss, [age + 0.25 * gender], 1e-12, "sum");
  assert.ok(step.parameters.includes("head.gender.fc.weight") && step.parameters.includes("head.age.coral_bias"));
});

Deno.test("train step: dropout takes its noise, so that other noise gives another loss", () => {
  const tasks = [task("regression", "mse", { head: { dropout: 0.5, hidden: 8 } })];
  const step = compileTrainStep(tinyModel(tasks), { batch: BATCH, optimizer: optimizer("sgd"), clip: null });
  const feeds = { ...step.initial, ...batchOf(BATCH, tasks), lr: scalarOf(0.1), step: scalarOf(1) };
  const lossWith = (noises: Tensors) =>
    evaluateNumbers(step.graph, feedsOf({ ...feeds, ...noises }), ["loss"]).loss.data[0];
  const [{ name, shape }] = step.noise;
  assert.equal(lossWith(noiseOf(step)), lossWith(noiseOf(step)));
  assert.notEqual(lossWith({ [name]: noise(shape, 99) }), lossWith(noiseOf(step)));
});

Deno.test("train step: the initial weights of a seed stay what they are", () => {
  const step = compileTrainStep(tinyModel([task("classification", "ce")], 7), {
    batch: 4,
    optimizer: optimizer("sgd"),
    clip: null,
  });
  const firstOf = (name: string) => ({ data: [...step.initial[name].data].slice(0, 3).map(Number) });
  assertClose(
    firstOf("layer1.conv.weight"),
    [0.3321826159954071, 0.0013981880620121956, -0.163778617978096],
    1e-6,
    "convolution",
  );
  assertClose(
    firstOf("head.age.fc.weight"),
    [0.2825939953327179, 0.01827624812722206, 0.038819581270217896],
    1e-6,
    "head",
  );
});
