/** Mixed precision, with float16 and float32 truly rounded. */
import assert from "node:assert/strict";
import type { Tensors } from "../../lib/base/tensor.ts";
import { compileTrainStep, type TrainStep, type TrainStepOptions } from "../../lib/compile/train_step.ts";
import type { ModelSpec } from "../../lib/contracts/model_spec.ts";
import type { NumbersByName } from "../../lib/ops/evaluate.ts";
import { roundingRules } from "./_halves.ts";
import { batchOf, optimizer, plainModel, scalarOf, task, tinyModel } from "./_models.ts";
import { numbersOfAll, runStep } from "./_steps.ts";

const BATCH = 4;
const LR = 0.01;
const STEPS = 50;
const SCALE = scalarOf(2 ** 12);
/** With this scale gradients of the small nets overflow in float16, not in float32. */
const TOO_LARGE = scalarOf(1e9);
const tasks = [task("classification", "ce")];
const feeds = batchOf(BATCH, tasks);

function compile(model: ModelSpec, how: Partial<TrainStepOptions>): TrainStep {
  return compileTrainStep(model, { batch: BATCH, optimizer: optimizer("adamw"), clip: 5, ...how });
}

interface Result {
  readonly loss: number;
  readonly norm: number;
  readonly state: NumbersByName;
}

function run(step: TrainStep, state: NumbersByName, t: number, more: Tensors): Result {
  const { outputs, state: next } = runStep(step, state, { ...feeds, ...more }, t, LR, roundingRules);
  return { loss: outputs.loss.data[0], norm: outputs.gradient_norm.data[0], state: next };
}

function train(step: TrainStep, steps: number, more: Tensors): readonly Result[] {
  const found: Result[] = [];
  for (let t = 1; t <= steps; t++) {
    found.push(run(step, found.at(-1)?.state ?? numbersOfAll(step.initial), t, more));
  }
  return found;
}

/** The loss curve may leave that of float32 by this share of the first loss. */
const TOLERANCE = 0.02;

for (const [name, model] of [["with", tinyModel(tasks)], ["without", plainModel(tasks)]] as const) {
  Deno.test(`mixed, ${name} normalisation: learns as in float32`, () => {
    const plain = train(compile(model, {}), STEPS, {});
    const mixed = train(compile(model, { precision: "mixed" }), STEPS, { loss_scale: SCALE });
    assert.ok(plain[STEPS - 1].loss < 0.9 * plain[0].loss, "float32 learns");
    mixed.forEach(({ loss }, i) => {
      const apart = Math.abs(loss - plain[i].loss) / plain[0].loss;
      assert.ok(apart < TOLERANCE, `the loss of step ${i + 1} is ${loss}, ${plain[i].loss} in float32`);
    });
    assert.ok(Math.abs(mixed[0].norm / plain[0].norm - 1) < TOLERANCE, `the gradient norm is ${mixed[0].norm}`);
    assert.notEqual(mixed[0].loss, plain[0].loss, "float16 rounds");
  });
}

Deno.test("mixed: activations and their gradients are float16; what is carried, fed and given is float32", () => {
  const { graph } = compile(tinyModel(tasks), { precision: "mixed" });
  for (const { type, name } of [...graph.inputs, ...graph.outputs]) assert.equal(type, "float32", name);
  const typesOf = (op: string): readonly string[] =>
    graph.nodes.filter((node) => node.op === op).flatMap(({ outputs }) =>
      outputs.flatMap((out) => graph.types.get(out)?.type ?? [])
    );
  for (const op of ["Conv", "ConvTranspose", "MaxPool", "Relu"]) {
    assert.ok(typesOf(op).length >= 2, op);
    assert.ok(typesOf(op).every((type) => type === "float16"), op);
  }
  for (const op of ["ReduceSum", "ReduceMean", "Sqrt", "Gemm"]) {
    assert.ok(typesOf(op).length >= 1, op);
    assert.ok(typesOf(op).every((type) => type === "float32"), op);
  }
});

/** The carried values that differ between two moments. */
function changed(before: NumbersByName, after: NumbersByName): readonly string[] {
  return Object.keys(before).filter((name) => !after[name].data.every((value, i) => value === before[name].data[i]));
}

Deno.test("mixed: an overflow skips the step, and the next one goes on", () => {
  const step = compile(tinyModel(tasks), { precision: "mixed", average: 0.9 });
  const [before] = train(step, 1, { loss_scale: SCALE });
  const skipped = run(step, before.state, 2, { loss_scale: TOO_LARGE });
  assert.ok(Number.isFinite(skipped.loss) && !Number.isFinite(skipped.norm), `${skipped.loss}, ${skipped.norm}`);
  assert.deepEqual(changed(before.state, skipped.state), []);
  const next = run(step, skipped.state, 2, { loss_scale: SCALE });
  assert.ok(Number.isFinite(next.norm));
  assert.equal(next.loss, skipped.loss);
  const moved = changed(before.state, next.state);
  assert.ok(step.parameters.every((name) => moved.includes(name) && moved.includes(step.averages[name])));
});

Deno.test("mixed: an overflow in the first part skips the batch, and the next batch goes on", () => {
  const step = compile(tinyModel(tasks), { precision: "mixed", accumulate: true });
  const start = numbersOfAll(step.initial);
  const kept = Object.fromEntries(Object.entries(start).filter(([name]) => !name.startsWith("gradient/")));
  const part = (first: number, last: number, scale: Tensors[string]): Tensors => {
    return { first: scalarOf(first), last: scalarOf(last), "share/age": scalarOf(0.5), loss_scale: scale };
  };
  const overflown = run(step, start, 1, part(1, 0, TOO_LARGE));
  const skipped = run(step, overflown.state, 1, part(0, 1, SCALE));
  assert.ok(!Number.isFinite(skipped.norm));
  assert.deepEqual(changed(kept, skipped.state), []);
  const next = run(step, run(step, skipped.state, 1, part(1, 0, SCALE)).state, 1, part(0, 1, SCALE));
  assert.ok(Number.isFinite(next.norm));
  const moved = changed(kept, next.state);
  assert.ok(step.parameters.every((name) => moved.includes(name)));
});

Deno.test("mixed: small gradients vanish without a loss scale, and do not with it", () => {
  const faint = [task("classification", "ce", { weight: 2 ** -20 })];
  const [plain, mixed] = [{}, { precision: "mixed" } as const].map((how) => compile(plainModel(faint), how));
  const norm = (step: TrainStep, more: Tensors): number => {
    const { state } = run(step, numbersOfAll(step.initial), 1, more);
    return state.gradient_norms.data[step.parameters.indexOf("first.weight")];
  };
  const wanted = norm(plain, {});
  const share = (scale: number): number => norm(mixed, { loss_scale: scalarOf(scale) }) / wanted;
  assert.ok(Math.abs(share(2 ** 26) - 1) < 0.01, `${share(2 ** 26)} of the gradient with the scale`);
  assert.ok(Math.abs(share(1) - 1) > 0.1, `${share(1)} of the gradient without it`);
});
