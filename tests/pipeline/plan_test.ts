import assert from "node:assert/strict";
import { type PlannedStage, planPipeline } from "../../lib/pipeline/plan.ts";
import { runPipeline } from "../../lib/pipeline/run.ts";
import { bench, pipeline, stage, world } from "./_stages.ts";

function reasons(stages: readonly PlannedStage[]): readonly string[] {
  return stages.map(({ name, status, because }) => `${name} ${status}: ${because}`);
}

async function planned(
  state: ReturnType<typeof bench>,
  here: ReturnType<typeof world>,
  text = "",
  force: string[] = [],
) {
  const plan = await planPipeline(await pipeline(text), here, { stages: state.stages, force });
  return plan.stages;
}

Deno.test("before the first run only the first key is known", async () => {
  const state = bench();
  const stages = await planned(state, world(state));
  assert.deepEqual(reasons(stages), [
    "read miss: first run",
    "count miss: needs read, which must run first",
    "sum miss: needs count and read, which must run first",
  ]);
  assert.match(stages[0].key!, /^[0-9a-f]{64}$/);
  assert.equal(stages[1].key, null);
  assert.deepEqual(state.ran, []);
});

Deno.test("after a run everything is a hit, and the keys are those of the run", async () => {
  const state = bench();
  const here = world(state);
  const run = await runPipeline(await pipeline(), here, { stages: state.stages });
  const stages = await planned(state, here, "about: another text\n");
  assert.deepEqual(stages.map(({ status, key }) => [status, key]), run.stages.map(({ key }) => ["hit", key]));
});

Deno.test("each miss says what changed", async () => {
  const state = bench();
  const here = world(state);
  await runPipeline(await pipeline(), here, { stages: state.stages });
  const of = async (text: string) => reasons(await planned(state, here, text)).filter((line) => line.includes("miss"));
  assert.deepEqual(await of("train: { epochs: 4 }"), [
    "count miss: epochs changed from 3 to 4",
    "sum miss: needs count, which must run first",
  ]);
  assert.match((await of("dataset: { ages: [1, 90] }"))[0], /^read miss: ages changed from \[21,60\] to \[1,90\]$/);
  state.numericClass = "wasm b";
  assert.deepEqual(await of(""), ["sum miss: computed by wasm b, was cpu a"]);
});

Deno.test("changed images are counted where the folder is remembered", async () => {
  const state = bench();
  const here = world(state);
  await runPipeline(await pipeline(), here, { stages: state.stages });
  state.content = "two three";
  assert.equal(reasons(await planned(state, here))[0], "read miss: images changed");
  state.changes = { added: 3, removed: 1, changed: 2 };
  assert.equal(reasons(await planned(state, here))[0], "read miss: images changed: +3 -1 ~2");
});

Deno.test("a new version of a stage, a forced stage and a lost result are reasons too", async () => {
  const state = bench();
  const here = world(state);
  await runPipeline(await pipeline(), here, { stages: state.stages });
  assert.equal(reasons(await planned(state, here, "", ["read"]))[0], "read miss: forced");
  const newer = state.stages.map((one) => (one.name === "read" ? { ...one, version: 2 } : one));
  const plan = await planPipeline(await pipeline(), here, { stages: newer });
  assert.equal(reasons(plan.stages)[0], "read miss: its code is version 2, was 1");
  const lost = world(state, { ...here.store, recall: () => Promise.resolve(undefined) });
  assert.equal(reasons(await planned(state, lost))[0], "read miss: its cached result is gone");
});

Deno.test("many changes are cut short", async () => {
  const state = bench();
  const here = world(state);
  const wide = (value: number) =>
    stage("read", { makes: [], params: () => ({ a: value, b: value, c: value, d: value, e: { f: value } }) });
  await runPipeline(await pipeline(), here, { stages: [wide(1)] });
  const plan = await planPipeline(await pipeline(), here, { stages: [wide(2)] });
  assert.match(reasons(plan.stages)[0], /a changed from 1 to 2; b changed .*; c changed .*; 2 more$/);
});
