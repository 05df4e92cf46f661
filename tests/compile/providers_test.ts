/** All ways to train at once, and mirrored predictions, agree with the float64 reference on every provider. */
import assert from "node:assert/strict";
import { type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import { compileInference } from "../../lib/compile/inference.ts";
import { compileTrainStep, type TrainStep } from "../../lib/compile/train_step.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import type { Provider, Session } from "../../lib/contracts/provider.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { lower } from "../../lib/lowering/mod.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import { assertClose } from "../nn/_run.ts";
import { halfMissing, testOnEach } from "../runners/providers/_available.ts";
import { batchOf, optimizer, scalarOf, task, tinyModelWith } from "./_models.ts";

const BATCH = 4;
const tasks = [task("coral", "coral", { head: { hidden: 6 } })];
const model = tinyModelWith(tasks, { layers: 1, lrScale: 0.5 });
const feeds = batchOf(BATCH, tasks);

async function open(graph: Graph, provider: Provider, carry: Readonly<Record<string, string>> = {}): Promise<Session> {
  const lowered = lower(graph, { provider: provider.name, block: await provider.blockSize?.() });
  return await provider.open(encodeModel(lowered), { carry });
}

/** Two batches of two equal parts; then what is carried. */
async function train(step: TrainStep, provider: Provider): Promise<Tensors> {
  await using session = await open(step.graph, provider, step.carry);
  for (let run = 0; run < 4; run++) {
    const part = { first: scalarOf(1 - run % 2), last: scalarOf(run % 2), "share/age": scalarOf(0.5) };
    const clock = { lr: scalarOf(0.05), step: scalarOf(1 + Math.floor(run / 2)) };
    await session.run({ ...feeds, ...part, ...clock, ...run === 0 ? step.initial : {} }, ["loss"]);
  }
  return await session.carried();
}

const accumulated = compileTrainStep(model, {
  batch: BATCH,
  optimizer: optimizer("adamw"),
  clip: 0.5,
  accumulate: true,
  average: 0.9,
  layerDecay: 0.7,
});
const judged = train(accumulated, createProvider("reference"));

await testOnEach("A partly frozen, accumulated, averaged step agrees", async (provider) => {
  const wanted = await judged;
  const got = await train(accumulated, provider);
  for (const [name, value] of Object.entries(wanted)) assertClose(got[name], toNumbers(value), 1e-3, name);
  assert.ok(accumulated.parameters.every((name) => {
    return toNumbers(wanted[name]).some((x, i) => x !== toNumbers(accumulated.initial[name])[i]);
  }));
}, ["webgpu", "cpu", "wasm"]);

await testOnEach("Mirrored predictions agree", async (provider) => {
  const weights = { ...accumulated.initial, ...accumulated.frozen };
  const graph = compileInference(model, weights, { batch: BATCH, mirror: true });
  const predict = async (by: Provider): Promise<Tensors> => {
    await using session = await open(graph, by);
    return await session.run({ image: feeds.image });
  };
  const wanted = await predict(createProvider("reference"));
  const got = await predict(provider);
  for (const [name, value] of Object.entries(wanted)) assertClose(got[name], toNumbers(value), 1e-4, name);
}, ["webgpu", "cpu", "wasm"]);

await testOnEach(
  "A mixed step agrees, and skips an overflow",
  async (provider) => {
    const step = compileTrainStep(model, {
      batch: BATCH,
      optimizer: optimizer("sgd"),
      clip: null,
      precision: "mixed",
    });
    const run = async (by: Provider): Promise<readonly Tensors[]> => {
      await using session = await open(step.graph, by, step.carry);
      const clock = { lr: scalarOf(0.01), step: scalarOf(1) };
      const found: Tensors[] = [];
      for (const scale of [2 ** 10, Infinity]) {
        const start = found.length === 0 ? step.initial : {};
        await session.run({ ...feeds, ...clock, ...start, loss_scale: scalarOf(scale) }, ["loss"]);
        found.push(await session.carried());
      }
      return found;
    };
    const [wanted] = await run(createProvider("reference"));
    const [got, afterOverflow] = await run(provider);
    for (const name of step.parameters) {
      const start = toNumbers(step.initial[name]);
      const move = (state: Tensors): Float64Array => toNumbers(state[name]).map((x, i) => x - start[i]);
      assertClose({ data: move(got) }, move(wanted), 0.05, name);
    }
    assert.deepEqual(afterOverflow, got);
  },
  ["webgpu", "cpu", "wasm"],
  halfMissing,
);
