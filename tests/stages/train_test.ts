/** Training goes on from a checkpoint as if it had never stopped, wherever it stopped. */
import assert from "node:assert/strict";
import { readHistory } from "../../lib/stages/_csv.ts";
import { Stopped, type WorldOptions } from "../../mod.ts";
import { digests, runInPieces, runTrial } from "../e2e/_engine.ts";
import { testOnCpu as test } from "../e2e/_tests.ts";
import { openTrial, type Settings } from "../e2e/_trial.ts";

/** The stages that compute; the report would only cost time. */
const ONLY = ["dataset", "images", "train", "export", "evaluate"];

/** Runs again and again until the run is through; every run ends at the first moment that `stop` allows. */
async function inPieces(
  settings: Settings,
  stop: () => Partial<WorldOptions>,
): Promise<[Record<string, string>, number]> {
  using trial = openTrial({ settings });
  const [result, stops] = await runInPieces(trial, () => ({ ...stop(), only: ONLY }));
  return [digests(result), stops];
}

async function atOnce(settings: Settings): Promise<Record<string, string>> {
  using trial = openTrial({ settings });
  return digests(await runTrial(trial, { only: ONLY }));
}

const TRAIN = { epochs: 2, batch: 8, optimizer: { use: "adamw", lr: 0.01 } };
/** So fast that the second epoch is worse than the first, whose weights must be kept over the stops. */
const TOO_FAST = { ...TRAIN, schedule: "constant", optimizer: { use: "adamw", lr: 0.1 } };

test("a run that is recycled after every step ends with the bytes of one that is not", async () => {
  const [pieces, stops] = await inPieces({ train: TOO_FAST }, () => ({ exhausted: () => true }));
  using trial = openTrial({ settings: { train: TOO_FAST } });
  const whole = await runTrial(trial, { only: ONLY });
  assert.deepEqual(pieces, digests(whole));
  assert.ok(stops >= 2 * 3, `it stopped only ${stops} times`);
  const [first, second] = readHistory(await (await whole.open("train.history")).text());
  assert.ok(first.validation_mae < second.validation_mae, "the best epoch is not the last one");
});

test("the same without a validation part, where the last weights count", async () => {
  const split = { by: "random", test: 0.2, validation: 0 };
  const settings = { dataset: { use: "utkface", path: "./images", ages: [1, 90], split }, train: TRAIN };
  const [pieces] = await inPieces(settings, () => ({ exhausted: () => true }));
  assert.deepEqual(pieces, await atOnce(settings));
});

test("a process keeps room for its checkpoint, and for validation before that", async () => {
  const reserves: number[] = [];
  const exhausted = (reserve = 0) => reserves.push(reserve) === 0;
  await inPieces({ train: TRAIN }, () => ({ exhausted }));
  const [checkpoint] = reserves;
  assert.ok(checkpoint > 0, `${checkpoint}`);
  const larger = reserves.filter((reserve) => reserve !== checkpoint);
  assert.equal(larger.length, TRAIN.epochs);
  assert.ok(larger.every((reserve) => reserve > checkpoint), reserves.join(" "));
});

test("a process that has no room for validation leaves it to the next, which measures before it asks again", async () => {
  let least = Infinity;
  const exhausted = (reserve = 0) => {
    least = Math.min(least, reserve);
    return reserve > least;
  };
  const [pieces, stops] = await inPieces({ train: TRAIN }, () => ({ exhausted }));
  assert.equal(stops, TRAIN.epochs);
  assert.deepEqual(pieces, await atOnce({ train: TRAIN }));
});

test("a network whose step is rewritten for the provider goes on bit for bit", async () => {
  const settings = {
    backbone: { use: "resnet18", width: 16, image: 32, stem: "small" },
    head: "coral",
    loss: "coral",
    train: { epochs: 1, batch: 8, optimizer: { use: "adamw", lr: 0.002 } },
  };
  let steps = 0;
  const [pieces, stops] = await inPieces(settings, () => ({ exhausted: () => ++steps % 2 === 0 }));
  assert.deepEqual(pieces, await atOnce(settings));
  assert.ok(stops >= 1, `it stopped only ${stops} times`);
});

test("an interrupt ends training with a checkpoint, from which the next run goes on", async () => {
  using trial = openTrial({ settings: { train: TRAIN } });
  const stop = new AbortController();
  const interrupted = runTrial(trial, {
    only: ONLY,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === "progress" && event.stage === "train") stop.abort(new Stopped("interrupted"));
    },
  });
  await assert.rejects(interrupted, { name: "Stopped", reason: "interrupted" });
  const warnings: string[] = [];
  await runTrial(trial, {
    only: ONLY,
    onEvent: (event) => event.kind === "warning" && warnings.push(event.message),
  });
  assert.ok(warnings.includes("going on from the checkpoint of epoch 1, step 1"), warnings.join("\n"));
});

test("a damaged checkpoint is said and left out", async () => {
  using trial = openTrial();
  await assert.rejects(runTrial(trial, { only: ONLY, exhausted: () => true }), { name: "Stopped" });
  const [key] = Array.from(Deno.readDirSync(`${trial.cache}/scratch`), ({ name }) => name);
  const file = `${trial.cache}/scratch/${key}/checkpoint`;
  Deno.writeFileSync(file, Deno.readFileSync(file).subarray(0, -1));
  const said: string[] = [];
  const result = await runTrial(trial, { only: ONLY, warn: (message) => said.push(message) });
  assert.match(said.join("\n"), /The checkpoint "checkpoint" is damaged: it is left out/);
  assert.deepEqual(digests(result), await atOnce({}));
});
