/** Mixed precision, where float16 is truly rounded: on the cpu provider. */
import assert from "node:assert/strict";
import { type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import { compileTrainStep, type TrainStep, type TrainStepOptions } from "../../lib/compile/train_step.ts";
import type { ModelSpec } from "../../lib/contracts/model_spec.ts";
import type { Session } from "../../lib/contracts/provider.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { lower } from "../../lib/lowering/mod.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import { batchOf, optimizer, plainModel, scalarOf, task, tinyModel } from "./_models.ts";

const BATCH = 8;
const LR = 0.01;
const SCALE = scalarOf(2 ** 12);
const tasks = [task("classification", "ce")];
const feeds = batchOf(BATCH, tasks);

function compile(model: ModelSpec, how: Partial<TrainStepOptions>): TrainStep {
  return compileTrainStep(model, { batch: BATCH, optimizer: optimizer("adamw"), clip: 5, ...how });
}

async function open(step: TrainStep): Promise<Session> {
  const provider = createProvider("cpu");
  const graph = lower(step.graph, { provider: "cpu", block: await provider.blockSize?.() });
  return await provider.open(encodeModel(graph), { carry: step.carry });
}

interface Result {
  readonly loss: number;
  readonly norm: number;
}

async function run(session: Session, step: number, more: Tensors): Promise<Result> {
  const clock = { lr: scalarOf(LR), step: scalarOf(step) };
  const { loss, gradient_norm } = await session.run({ ...feeds, ...clock, ...more }, ["loss", "gradient_norm"]);
  return { loss: Number(loss.data[0]), norm: Number(gradient_norm.data[0]) };
}

async function train(step: TrainStep, steps: number, more: Tensors): Promise<readonly Result[]> {
  await using session = await open(step);
  const found: Result[] = [];
  for (let t = 1; t <= steps; t++) found.push(await run(session, t, t === 1 ? { ...step.initial, ...more } : more));
  return found;
}

/** The loss curve may leave that of float32 by this share of the first loss. */
const TOLERANCE = 0.02;

for (const [name, model] of [["with", tinyModel(tasks)], ["without", plainModel(tasks)]] as const) {
  Deno.test(`mixed, ${name} normalisation: learns as in float32`, async () => {
    const plain = await train(compile(model, {}), 50, {});
    const mixed = await train(compile(model, { precision: "mixed" }), 50, { loss_scale: SCALE });
    assert.ok(plain[49].loss < 0.9 * plain[0].loss, "float32 learns");
    mixed.forEach(({ loss, norm }, i) => {
      const apart = Math.abs(loss - plain[i].loss) / plain[0].loss;
      assert.ok(apart < TOLERANCE, `the loss of step ${i + 1} is ${loss}, ${plain[i].loss} in float32`);
      if (i === 0) assert.ok(Math.abs(norm / plain[0].norm - 1) < TOLERANCE, `the gradient norm is ${norm}`);
    });
    assert.notDeepEqual(mixed, plain, "float16 rounds");
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
function changed(before: Tensors, after: Tensors): readonly string[] {
  return Object.keys(before).filter((name) => {
    const was = toNumbers(before[name]);
    return !toNumbers(after[name]).every((value, i) => value === was[i]);
  });
}

Deno.test("mixed: an overflow skips the step, and the next one goes on", async () => {
  const step = compile(tinyModel(tasks), { precision: "mixed", average: 0.9 });
  await using session = await open(step);
  await run(session, 1, { ...step.initial, loss_scale: SCALE });
  const before = await session.carried();
  const { loss, norm } = await run(session, 2, { loss_scale: scalarOf(1e9) });
  assert.ok(Number.isFinite(loss) && !Number.isFinite(norm), `loss ${loss}, norm ${norm}`);
  assert.deepEqual(changed(before, await session.carried()), []);
  const next = await run(session, 2, { loss_scale: SCALE });
  assert.ok(Number.isFinite(next.norm));
  assert.equal(next.loss, loss);
  const moved = changed(before, await session.carried());
  assert.ok(step.parameters.every((name) => moved.includes(name) && moved.includes(step.averages[name])));
});

Deno.test("mixed: an overflow in the first part skips the batch, and the next batch goes on", async () => {
  const step = compile(tinyModel(tasks), { precision: "mixed", accumulate: true });
  await using session = await open(step);
  const part = (first: number, last: number, scale: Tensors[string]): Tensors => {
    return { first: scalarOf(first), last: scalarOf(last), "share/age": scalarOf(0.5), loss_scale: scale };
  };
  await run(session, 1, { ...step.initial, ...part(1, 0, scalarOf(1e9)) });
  assert.equal(Number.isFinite((await run(session, 1, part(0, 1, SCALE))).norm), false);
  const state = await session.carried(Object.keys(step.initial).filter((name) => !name.startsWith("gradient/")));
  assert.deepEqual(changed(state, step.initial), []);
  await run(session, 1, part(1, 0, SCALE));
  assert.ok(Number.isFinite((await run(session, 1, part(0, 1, SCALE))).norm));
  const moved = changed(state, await session.carried());
  assert.ok(step.parameters.every((name) => moved.includes(name)));
});

Deno.test("mixed: the loss scale leaves gradient norm and step as they are", async () => {
  const step = compile(plainModel(tasks), { precision: "mixed" });
  const [small, large] = [
    await train(step, 3, { loss_scale: scalarOf(2 ** 10) }),
    await train(step, 3, { loss_scale: scalarOf(2 ** 13) }),
  ];
  small.forEach(({ loss, norm }, i) => {
    assert.ok(Math.abs(large[i].norm / norm - 1) < 0.01, `norms ${norm} and ${large[i].norm}`);
    assert.ok(Math.abs(large[i].loss / loss - 1) < 0.001, `losses ${loss} and ${large[i].loss}`);
  });
});
