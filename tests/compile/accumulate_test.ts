/** Batches in parts give what the whole batch gives, where no batch normalisation looks at the batch. */
import assert from "node:assert/strict";
import { type Tensor, type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import { compileTrainStep, type TrainStep, type TrainStepOptions } from "../../lib/compile/train_step.ts";
import type { TaskModel } from "../../lib/contracts/model_spec.ts";
import { assertClose } from "../nn/_run.ts";
import { batchOf, optimizer, plainModel, scalarOf, task } from "./_models.ts";
import { numbersOfAll, type Ran, runStep, runSteps } from "./_steps.ts";

const BATCH = 6;
const PARTS = 3;
const PART = BATCH / PARTS;
const LR = 0.05;
const STEPS = 3;

const tasks = [
  task("classification", "ce"),
  task("corn", "corn", { name: "rank", weight: 0.5 }),
  task("regression", "huber", { name: "score", weight: 2 }),
];

/** Unequal weights; the middle part has no label of `score` at all. */
const WEIGHTS: Readonly<Record<string, readonly number[]>> = {
  age: [1, 0.5, 2, 1, 0.25, 3],
  rank: [0, 1, 1, 0, 2, 1],
  score: [1, 0, 0, 0, 1, 2],
};

function weighedBatch(): Tensors {
  const weights = Object.entries(WEIGHTS).map(([name, data]) => {
    return [`weight/${name}`, { type: "float32", dims: [BATCH], data: Float32Array.from(data) }] as const;
  });
  return { ...batchOf(BATCH, tasks), ...Object.fromEntries(weights) };
}

/** What the samples `from … to` of a task count in the mean that its loss is. */
function mass({ name, loss, labels }: TaskModel, batch: Tensors, from: number, to: number): number {
  const targets = toNumbers(batch[`target/${name}`]);
  return WEIGHTS[name].slice(from, to).reduce((sum, weight, i) => {
    return sum + weight * (loss.plugin.terms?.(targets[from + i], labels) ?? 1);
  }, 0);
}

function rowsOf(value: Tensor, from: number, to: number): Tensor {
  const width = value.data.length / value.dims[0];
  return { ...value, dims: [to - from, ...value.dims.slice(1)], data: value.data.slice(from * width, to * width) };
}

function partFeeds(batch: Tensors, at: number): Tensors {
  const [from, to] = [at * PART, (at + 1) * PART];
  const rows = Object.entries(batch).map(([name, value]) => [name, rowsOf(value, from, to)] as const);
  const shares = tasks.map((each) => {
    return [`share/${each.name}`, scalarOf(mass(each, batch, from, to) / mass(each, batch, 0, BATCH))] as const;
  });
  const place = { first: scalarOf(at === 0 ? 1 : 0), last: scalarOf(at === PARTS - 1 ? 1 : 0) };
  return { ...Object.fromEntries(rows), ...Object.fromEntries(shares), ...place };
}

type Options = Pick<TrainStepOptions, "optimizer" | "clip" | "average">;

/** Every step in parts: the runs of the last parts, and the sums of the losses over the parts. */
function inParts(step: TrainStep, batch: Tensors): { last: Ran; losses: Record<string, number> }[] {
  let state = numbersOfAll(step.initial);
  return Array.from({ length: STEPS }, (_, i) => {
    const losses: Record<string, number> = {};
    const runs = Array.from({ length: PARTS }, (_, at) => {
      const ran = runStep(step, state, partFeeds(batch, at), i + 1, LR);
      state = ran.state;
      for (const name of ["loss", ...tasks.map((each) => `loss/${each.name}`)]) {
        losses[name] = (losses[name] ?? 0) + ran.outputs[name].data[0];
      }
      return ran;
    });
    return { last: runs[PARTS - 1], losses };
  });
}

const CASES: Readonly<Record<string, Options>> = {
  "sgd": { optimizer: optimizer("sgd"), clip: null },
  "sgd, clipped": { optimizer: optimizer("sgd"), clip: 0.5 },
  "adamw, clipped, averaged": { optimizer: optimizer("adamw"), clip: 0.5, average: 0.9 },
};

for (const [name, options] of Object.entries(CASES)) {
  Deno.test(`accumulate, ${name}: parts give the losses, gradients and weights of the whole batch`, () => {
    const model = plainModel(tasks);
    const batch = weighedBatch();
    const whole = compileTrainStep(model, { ...options, batch: BATCH });
    const parts = compileTrainStep(model, { ...options, batch: PART, accumulate: true });
    const found = inParts(parts, batch);
    runSteps(whole, batch, STEPS, LR).forEach((expected, i) => {
      const { last, losses } = found[i];
      const when = `in step ${i + 1}`;
      for (const loss of Object.keys(losses)) {
        assertClose({ data: [losses[loss]] }, expected.outputs[loss].data, 1e-6, `${loss} ${when}`);
      }
      assertClose(last.outputs.gradient_norm, expected.outputs.gradient_norm.data, 1e-6, `gradient norm ${when}`);
      for (const input of Object.values(whole.carry)) {
        assertClose(last.state[input], expected.state[input].data, 1e-6, `${input} ${when}`);
      }
    });
    if (options.clip !== null) assert.ok(found[0].last.outputs.gradient_norm.data[0] > options.clip, "clips");
  });
}

Deno.test("accumulate: nothing but the sums moves before the last part, and the first part starts them anew", () => {
  const step = compileTrainStep(plainModel(tasks), { ...CASES.sgd, batch: PART, accumulate: true });
  const batch = weighedBatch();
  const start = numbersOfAll(step.initial);
  const [first, second] = [0, 1].map((at) => runStep(step, start, partFeeds(batch, at), 1, LR).state);
  const kept = Object.keys(start).filter((name) => !name.startsWith("gradient/"));
  for (const state of [first, second]) {
    for (const name of kept) assert.deepEqual(state[name].data, start[name].data, name);
    assert.ok(state["gradient/first.weight"].data.some((value) => value !== 0));
  }
  const again = runStep(step, second, partFeeds(batch, 0), 1, LR).state;
  for (const name of step.parameters) {
    assert.deepEqual(again[`gradient/${name}`].data, first[`gradient/${name}`].data, name);
  }
});
