/** What training takes grows with the batch, and what does not fit is refused with what does. */
import assert from "node:assert/strict";
import { lower } from "../../lib/lowering/mod.ts";
import { demandOf } from "../../lib/memory/demand.ts";
import { estimateMemory } from "../../lib/memory/estimate.ts";
import { builtin } from "../../lib/pipeline/builtin.ts";
import { forecastMemory, type MemoryForecast, type MemoryMachine } from "../../lib/pipeline/memory.ts";
import { expectedModel, expectedStep } from "../../lib/pipeline/train_step.ts";
import { compile } from "./_doors.ts";

const NET = "backbone: { use: convnet, image: 32 }\n";
const MIB = 2 ** 20;

async function forecast(train: string, machine: Partial<MemoryMachine> = {}): Promise<MemoryForecast> {
  const pipeline = await compile(`extends: base.yaml\n${NET}train: { ${train} }\n`);
  return forecastMemory(pipeline, builtin, undefined, { provider: "cpu", ...machine });
}

const has = (mib: number) => ({ limit: { bytes: mib * MIB, words: "this machine has" } });

Deno.test("memory grows with the batch, parts of a batch take less", async () => {
  const [small, half, whole] = [await forecast("batch: 16"), await forecast("batch: 64"), await forecast("batch: 256")];
  const image = 32 * 32 * 3 * 4;
  assert.ok(half.peak - small.peak > 48 * image);
  assert.ok(whole.peak - half.peak > 192 * image);
  const parts = await forecast("batch: 256, accumulate: 16");
  assert.ok(parts.peak < 0.5 * (whole.peak - small.peak) + small.peak);
  assert.equal(parts.refusal, undefined);
});

Deno.test("what is told of a large batch from smaller ones is what its own step asks for", async () => {
  const batch = 192;
  const pipeline = await compile(`extends: base.yaml\n${NET}train: { batch: ${batch} }\n`);
  const step = expectedStep(pipeline, builtin, expectedModel(pipeline, builtin, {}), { batch });
  const own = estimateMemory(demandOf(lower(step.graph, { provider: "cpu", block: 8 }), step.initial), "cpu");
  const told = forecastMemory(pipeline, builtin, undefined, { provider: "cpu", block: 8 });
  assert.equal(told.largest, own.largest);
  assert.ok(Math.abs(told.peak / own.peak - 1) < 1e-3, `${told.peak} against ${own.peak}`);
});

Deno.test("what does not fit is refused with a batch and a number of parts that fit", async () => {
  const fits = await forecast("batch: 64");
  const limit = Math.ceil(1.2 * fits.peak / MIB);
  const { refusal, peak } = await forecast("batch: 4096", has(limit));
  assert.ok(peak > limit * MIB);
  const found = /train\.batch=(\d+) fits \(.*\), or train\.accumulate=(\d+) computes the same batch in parts of (\d+)/
    .exec(refusal!);
  assert.ok(found, refusal);
  const [batch, accumulate, images] = found.slice(1).map(Number);
  assert.equal(accumulate * images, 4096);
  for (const train of [`batch: ${batch}`, `batch: 4096, accumulate: ${accumulate}`]) {
    assert.equal((await forecast(train, has(limit))).refusal, undefined, train);
  }
  assert.notEqual((await forecast(`batch: ${4 * batch}`, has(limit))).refusal, undefined);
});

Deno.test("a value that is larger than the adapter takes is refused too", async () => {
  const { largest } = await forecast("batch: 64");
  assert.equal((await forecast("batch: 64", { largest })).refusal, undefined);
  const { refusal } = await forecast("batch: 64", { largest: largest - 1 });
  assert.match(refusal!, /its largest value is .*, the adapter takes .*; train\.batch=32 fits/);
});

Deno.test("where nothing fits, that is said", async () => {
  const { refusal } = await forecast("batch: 64", has(10));
  assert.match(refusal!, /it needs .* on cpu, this machine has 10 MiB; no batch of two images or more fits either/);
});
