import assert from "node:assert/strict";
import { Stopped, UserError } from "../../lib/base/errors.ts";
import type { ResultFiles } from "../../lib/contracts/results.ts";
import type { Store } from "../../lib/contracts/store.ts";
import type { RunEvent } from "../../lib/pipeline/events.ts";
import { type RunOptions, runPipeline } from "../../lib/pipeline/run.ts";
import { memoryStore } from "../../runners/stores/memory.ts";
import { bench, pipeline, stage, world } from "./_stages.ts";

Deno.test("the first run runs all, the second none, and both give the same", async () => {
  const state = bench();
  const here = world(state);
  const first = await runPipeline(await pipeline(), here, { stages: state.stages });
  assert.deepEqual(state.ran, ["read", "count", "sum"]);
  assert.equal(await (await first.open("sum.line")).text(), "9 after read ran, count ran");
  const second = await runPipeline(await pipeline(), here, { stages: state.stages });
  assert.deepEqual(state.ran.length, 3);
  assert.deepEqual(second.stages.map(({ status }) => status), ["cached", "cached", "cached"]);
  assert.deepEqual(second.stages.map(({ key }) => key), first.stages.map(({ key }) => key));
});

Deno.test("a changed value reruns its stage and what depends on it, nothing else", async () => {
  const state = bench();
  const here = world(state);
  await runPipeline(await pipeline(), here, { stages: state.stages });
  state.ran.length = 0;
  await runPipeline(await pipeline("train: { epochs: 9 }"), here, { stages: state.stages });
  assert.deepEqual(state.ran, ["count", "sum"]);
});

Deno.test("a stage that makes the same bytes again spares those behind it", async () => {
  const state = bench();
  const here = world(state);
  await runPipeline(await pipeline(), here, { stages: state.stages });
  state.ran.length = 0;
  state.content = "one but otherwise another text";
  const run = await runPipeline(await pipeline(), here, { stages: state.stages });
  assert.deepEqual(state.ran, ["read"]);
  assert.deepEqual(run.stages.map(({ status }) => status), ["ran", "cached", "cached"]);
});

Deno.test("going back to earlier values finds the earlier results", async () => {
  const state = bench();
  const here = world(state);
  await runPipeline(await pipeline(), here, { stages: state.stages });
  await runPipeline(await pipeline("train: { epochs: 9 }"), here, { stages: state.stages });
  state.ran.length = 0;
  await runPipeline(await pipeline(), here, { stages: state.stages });
  assert.deepEqual(state.ran, []);
});

Deno.test("a forced stage runs once more", async () => {
  const state = bench();
  const here = world(state);
  await runPipeline(await pipeline(), here, { stages: state.stages });
  state.ran.length = 0;
  await runPipeline(await pipeline(), here, { stages: state.stages, force: ["count"] });
  assert.deepEqual(state.ran, ["count"]);
});

/** A store that can lose one blob, which comes back when it is put again. */
function leakyStore() {
  const store = memoryStore();
  const state = { lost: "" };
  const gone = (digest: string): boolean => digest === state.lost;
  const leaky: Store = {
    ...store,
    open: (digest) => gone(digest) ? Promise.resolve(undefined) : store.open(digest),
    async recall(key) {
      const outcome = await store.recall(key);
      return outcome && Object.values(outcome.outputs).some((ref) => gone(ref.digest)) ? undefined : outcome;
    },
    async put(bytes) {
      const ref = await store.put(bytes);
      if (gone(ref.digest)) state.lost = "";
      return ref;
    },
  };
  return { state, leaky };
}

Deno.test("bytes that are gone are made again, by the stage that makes them", async () => {
  const state = bench();
  const { state: leak, leaky } = leakyStore();
  const here = world(state, leaky);
  const first = await runPipeline(await pipeline(), here, { stages: state.stages });
  state.ran.length = 0;
  leak.lost = first.outcomes.get("read")!.outputs.word.digest;
  const again = await runPipeline(await pipeline("train: { epochs: 9 }"), here, { stages: state.stages });
  assert.deepEqual(state.ran, ["read", "count", "sum"]);
  assert.deepEqual(again.stages.map(({ status }) => status), ["ran", "ran", "ran"]);
});

Deno.test("a repair does not force a stage a second time", async () => {
  const state = bench();
  const { state: leak, leaky } = leakyStore();
  const here = world(state, leaky);
  const first = await runPipeline(await pipeline(), here, { stages: state.stages });
  state.ran.length = 0;
  state.numericClass = "wasm b";
  const { length } = first.outcomes.get("count")!.outputs;
  let looks = 0;
  const late: Store = {
    ...leaky,
    open(digest) {
      if (digest === length.digest && looks++ === 0) leak.lost = digest;
      return leaky.open(digest);
    },
  };
  await runPipeline(await pipeline(), { ...here, store: late }, { stages: state.stages, force: ["read"] });
  assert.deepEqual(state.ran, ["read", "count", "sum"]);
});

Deno.test("a disk that loses everything ends the run with a reason", async () => {
  const state = bench();
  const store = memoryStore();
  const here = world(state, { ...store, open: () => Promise.resolve(undefined) });
  await assert.rejects(runPipelineOf(state, here), UserError);
});

async function runPipelineOf(
  state: ReturnType<typeof bench>,
  here: ReturnType<typeof world>,
  options: RunOptions = {},
) {
  return await runPipeline(await pipeline(), here, { stages: state.stages, ...options });
}

Deno.test("a stage that is stopped leaves its checkpoint, and the next run finds it", async () => {
  const state = bench();
  const here = world(state);
  const seen: (string | undefined)[] = [];
  const slow = (stops: boolean) =>
    stage("slow", {
      makes: ["end"],
      run: async (_, __, { scratch, put }) => {
        const before = await scratch.read("state");
        seen.push(before && new TextDecoder().decode(before));
        await scratch.write("state", new TextEncoder().encode("half"));
        if (stops) throw new Stopped("interrupted");
        return { end: await put(new Uint8Array(1)) };
      },
    });
  await assert.rejects(runPipelineOf(state, here, { stages: [slow(true)] }), Stopped);
  await runPipelineOf(state, here, { stages: [slow(false)] });
  await runPipelineOf(state, here, { stages: [slow(false)], force: ["slow"] });
  assert.deepEqual(seen, [undefined, "half", undefined]);
});

Deno.test("a run tells what it does", async () => {
  const state = bench();
  const told: string[] = [];
  const onEvent = (event: RunEvent): void => void told.push(`${event.kind} ${event.stage}`);
  const talking = stage("talk", {
    run: (_, __, { progress, warn }) => {
      progress({ done: 1, total: 2, unit: "words" });
      warn("odd");
      return Promise.resolve({});
    },
  });
  await runPipelineOf(state, world(state), { stages: [talking], onEvent });
  assert.deepEqual(told, ["started talk", "progress talk", "warning talk", "finished talk"]);
});

Deno.test("a stage must make what it promises", async () => {
  const state = bench();
  const liar = stage("liar", { makes: ["truth"] });
  await assert.rejects(runPipelineOf(state, world(state), { stages: [liar] }), /promises truth, but made/);
});

Deno.test("the result files of a run go through the door of the world", async () => {
  const state = bench();
  const written: ResultFiles[] = [];
  const out = {
    write(result: ResultFiles) {
      written.push(result);
      return Promise.resolve({ run: "1", dir: "out/1" });
    },
  };
  const figures = stage("evaluate", {
    makes: ["metrics", "predictions"],
    run: async (_, __, { put }) => ({
      metrics: await put(new TextEncoder().encode("{}")),
      predictions: await put(new TextEncoder().encode("file")),
    }),
  });
  const here = world(state, memoryStore(), { out });
  const run = await runPipelineOf(state, here, { stages: [figures] });
  assert.deepEqual(run.place, { run: "1", dir: "out/1" });
  assert.deepEqual(Object.keys(written[0].files).sort(), ["metrics.json", "predictions.csv"]);
  assert.equal(await (await written[0].files["metrics.json"].open()).text(), "{}");
  const lock = JSON.parse(written[0].texts["pipeline.lock"]);
  assert.equal(lock.pipeline.dataset.path, "/home/faces");
  assert.equal(lock.stages[0].key, run.stages[0].key);
  assert.equal(lock.origins["train.epochs"], "base.yaml:8");
});
