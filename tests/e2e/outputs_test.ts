/** What a run leaves: the files, their columns and shapes, and that they agree with each other. */
import assert from "node:assert/strict";
import { decodeModel, openModel, openWorld, type Tensors } from "../../mod.ts";
import { readTable } from "../../lib/base/table.ts";
import { decodeSafetensors } from "../../lib/graph/safetensors.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import { sha256OfFile } from "../../runners/stores/sha256.ts";
import { cli } from "./_cli.ts";
import { digests, runTrial } from "./_engine.ts";
import { testOnCpu } from "./_tests.ts";
import { openTrial, type Settings, type Trial } from "./_trial.ts";

const SIZE = 16;
const AGES = 90;
/** A head with a posterior. */
const SETTINGS: Settings = { head: "classification", loss: "ce", export: { licence: "Drawings, MIT" } };

interface Finished {
  readonly trial: Trial;
  /** The object that `--json` prints. */
  // deno-lint-ignore no-explicit-any
  readonly json: any;
  text(file: string): string;
  bytes(file: string): Uint8Array;
  rows(file: string): Record<string, string>[];
}

async function finished(trial: Trial): Promise<Finished> {
  const { code, stdout, stderr } = await cli(trial, ["run", "small.yaml", "--provider=cpu", "--json"]);
  assert.equal(code, 0, stderr);
  const json = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
  const bytes = (file: string): Uint8Array => Deno.readFileSync(`${json.dir}/${file}`);
  const text = (file: string): string => new TextDecoder().decode(bytes(file));
  const rows = (file: string): Record<string, string>[] => {
    const { columns, rows } = readTable(text(file), file);
    return rows.map(({ cells }) => Object.fromEntries(columns.map((column, i) => [column, cells[i]])));
  };
  return { trial, json, text, bytes, rows };
}

/** The pictures as the model takes them, decoded anew: float32 [N,3,S,S]. */
async function picturesOf(trial: Trial, files: readonly string[]): Promise<Tensors> {
  await using world = openWorld({ provider: createProvider("cpu"), cache: trial.cache });
  const data = new Float32Array(files.length * 3 * SIZE * SIZE);
  let at = 0;
  for await (const { pixels } of world.images.prepare(world.files(trial.images), files, { size: SIZE })) {
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < SIZE * SIZE; i++) data[at++] = pixels!.data[3 * i + c];
    }
  }
  return { image: { type: "float32", dims: [files.length, 3, SIZE, SIZE], data } };
}

testOnCpu("a run leaves files that agree with each other", async (test) => {
  using trial = openTrial({ settings: SETTINGS });
  const run = await finished(trial);
  await test.step("the last line on standard output sums the run up", () => checkSummary(run));
  await test.step("predictions.csv has one row per validation and test image", () => checkPredictions(run));
  await test.step("metrics.json is what predictions.csv gives", () => checkMetrics(run));
  await test.step("history.csv has one row per epoch", () => checkHistory(run));
  await test.step("model.onnx takes any number of pictures and says what it is", () => checkModel(run));
  await test.step("model.onnx gives the ages of predictions.csv on wasm", () => checkAges(run));
  await test.step("model.safetensors holds the weights by name", () => checkWeights(run));
  await test.step("report.html asks for nothing", () => checkPage(run));
  await test.step("pipeline.lock is a pipeline that gives the same run", () => checkLock(run));
  await test.step("the same data elsewhere, in another cache, gives the same bytes", () => checkRepeat(run));
});

function checkSummary({ json, trial, text }: Finished): void {
  assert.deepEqual(Object.keys(json), ["pipeline", "run", "dir", "provider", "seconds", "metrics", "stages"]);
  assert.equal(json.dir, `${trial.out}/small/${json.run}`);
  assert.equal(Deno.readTextFileSync(`${trial.out}/small/latest`).trim(), json.run);
  assert.deepEqual(json.metrics, JSON.parse(text("metrics.json")).test);
  for (const stage of json.stages) {
    assert.deepEqual(Object.keys(stage).sort(), ["key", "name", "seconds", "status"]);
    assert.match(stage.key, /^[0-9a-f]{64}$/);
    assert.equal(stage.status, "ran");
    assert.ok(stage.seconds >= 0);
  }
}

function checkPredictions({ rows, text, trial }: Finished): void {
  assert.match(text("predictions.csv"), /^split,file,age,predicted,gender,race,time\r\n/);
  const predictions = rows("predictions.csv");
  assert.deepEqual([...new Set(predictions.map(({ split }) => split))].sort(), ["test", "validation"]);
  for (const { file, age, gender, race, predicted } of predictions) {
    const [years, sex, origin] = file.split("_");
    assert.equal(age, years);
    assert.equal(gender, ["male", "female"][Number(sex)]);
    assert.equal(race, ["white", "black", "asian", "indian", "others"][Number(origin)]);
    assert.ok(Number(predicted) >= 1 && Number(predicted) <= AGES, predicted);
    assert.ok(Deno.statSync(`${trial.images}/${file}`).isFile);
  }
  assert.equal(new Set(predictions.map(({ file }) => file)).size, predictions.length);
}

function checkMetrics({ rows, text }: Finished): void {
  const metrics = JSON.parse(text("metrics.json"));
  const predictions = rows("predictions.csv");
  for (const part of ["test", "validation"]) {
    assertClose(metrics[part], figuresOf(predictions.filter(({ split }) => split === part)));
  }
  const tested = predictions.filter(({ split }) => split === "test");
  assert.deepEqual(Object.keys(metrics.groups), ["gender", "race", "age_band"]);
  for (const by of ["gender", "race"]) {
    for (const { group, baseline_mae: _, ...figures } of metrics.groups[by]) {
      const { baseline_mae: __, ...expected } = figuresOf(tested.filter((row) => row[by] === group));
      assertClose(figures, expected);
    }
    assert.equal(sum(metrics.groups[by].map(({ n }: { n: number }) => n)), tested.length);
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const average = (values: readonly number[]): number => sum(values) / values.length;

/** The figures of a part, worked out without the code under test. */
function figuresOf(rows: readonly Record<string, string>[]): Record<string, number> {
  const errors = rows.map(({ age, predicted }) => Number(predicted) - Number(age));
  const ages = rows.map(({ age }) => Number(age));
  const baselines = Array.from({ length: 2 * AGES }, (_, i) => average(ages.map((age) => Math.abs(age - i / 2))));
  return {
    n: rows.length,
    mae: average(errors.map(Math.abs)),
    rmse: Math.sqrt(average(errors.map((error) => error ** 2))),
    bias: average(errors),
    cs5: average(errors.map((error) => (Math.abs(error) <= 5 ? 1 : 0))),
    baseline_mae: Math.min(...baselines),
  };
}

function assertClose(actual: Record<string, number>, expected: Record<string, number>): void {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, value] of Object.entries(expected)) {
    assert.ok(Math.abs(actual[name] - value) < 1e-9, `${name}: ${actual[name]} is not ${value}`);
  }
}

function checkHistory({ rows, text }: Finished): void {
  const columns = "epoch,train_loss,validation_loss,validation_mae,learning_rate,images_per_second,wait_share,seconds";
  assert.equal(text("history.csv").split("\r\n")[0], `${columns},backbone_layers,skipped_steps`);
  const history = rows("history.csv");
  assert.deepEqual(history.map(({ epoch }) => epoch), ["1", "2"]);
  for (const row of history) {
    for (const column of columns.split(",")) {
      assert.ok(Number.isFinite(Number(row[column])), `${column}: ${row[column]}`);
    }
    assert.ok(Number(row.images_per_second) > 0);
    assert.ok(Number(row.wait_share) >= 0 && Number(row.wait_share) <= 1, row.wait_share);
  }
  const best = Math.min(...history.map((row) => Number(row.validation_mae)));
  const { mae } = JSON.parse(text("metrics.json")).validation;
  assert.ok(Math.abs(mae - best) < 1e-3, `the model's validation MAE is ${mae}, that of the best epoch ${best}`);
}

function checkModel({ bytes }: Finished): void {
  const { inputs, outputs, metadata } = decodeModel(bytes("model.onnx"));
  assert.deepEqual(inputs.map(({ name }) => name), ["image"]);
  assert.deepEqual(inputs[0].shape, ["N", 3, SIZE, SIZE]);
  assert.deepEqual(outputs.map(({ name }) => name), ["age", "posterior"]);
  assert.equal(metadata["ageline.pipeline"], "small");
  assert.equal(metadata["ageline.size"], String(SIZE));
  assert.equal(metadata["ageline.ages"], `1-${AGES}`);
  assert.equal(metadata["ageline.licence"], "Drawings, MIT");
}

async function checkAges({ rows, bytes, trial }: Finished): Promise<void> {
  const predictions = rows("predictions.csv");
  const pictures = await picturesOf(trial, predictions.map(({ file }) => file));
  await using session = await openModel(bytes("model.onnx"), { provider: "wasm" });
  const { age, posterior } = await session.run(pictures);
  assert.deepEqual(age.dims, [predictions.length]);
  assert.deepEqual(posterior.dims, [predictions.length, AGES]);
  for (const [i, { file, predicted }] of predictions.entries()) {
    assert.ok(Math.abs(Number(age.data[i]) - Number(predicted)) < 0.01, `${file}: ${age.data[i]} is not ${predicted}`);
    const row = Array.from(posterior.data.slice(i * AGES, (i + 1) * AGES), Number);
    assert.ok(Math.abs(sum(row) - 1) < 1e-5, `the posterior of ${file} sums to ${sum(row)}`);
  }
}

function checkWeights({ bytes }: Finished): void {
  const { weights } = decodeSafetensors(bytes("model.safetensors"));
  assert.deepEqual(weights["layer1.conv.weight"].dims, [4, 3, 3, 3]);
  assert.ok(
    Object.keys(weights).some((name) => name.startsWith("head.") || name.startsWith("fc.")),
    `${Object.keys(weights)}`,
  );
  for (const [name, { data }] of Object.entries(weights)) {
    assert.ok(Array.from(data, Number).every(Number.isFinite), name);
  }
}

function checkPage({ text, rows }: Finished): void {
  const page = text("report.html");
  assert.doesNotMatch(page, /(?:src|href|action|data)\s*=\s*["']?\s*(?:https?:)?\/\//i);
  assert.doesNotMatch(page, /<(?:script|link|iframe|object|embed|base)\b/i);
  assert.doesNotMatch(page, /@import|url\(\s*["']?https?:/i);
  assert.match(page, /<svg/);
  assert.match(page, /Drawings, MIT/);
  const tested = rows("predictions.csv").filter(({ split }) => split === "test");
  assert.ok(tested.some(({ file }) => page.includes(file)), "no face with a large error is shown");
}

async function checkLock({ text, trial, json }: Finished): Promise<void> {
  const { pipeline, stages, provider, origins } = JSON.parse(text("pipeline.lock"));
  assert.equal(provider, "cpu");
  assert.match(origins["loss.use"] ?? origins["loss.age.use"], /small\.yaml:\d+$/);
  const keys = (list: readonly { key: string }[]): string[] => list.map(({ key }) => key);
  assert.deepEqual(keys(stages), keys(json.stages));
  const file = `${trial.folder}/again.yaml`;
  Deno.writeTextFileSync(file, JSON.stringify(pipeline));
  const again = await runTrial(trial, { file });
  assert.deepEqual(keys(again.stages), keys(json.stages));
}

async function checkRepeat({ json }: Finished): Promise<void> {
  using other = openTrial({ settings: SETTINGS });
  const made = digests(await runTrial(other));
  const files = { "export.model": "model.onnx", "export.weights": "model.safetensors" };
  const tables = { "evaluate.predictions": "predictions.csv", "evaluate.metrics": "metrics.json" };
  for (const [artifact, file] of Object.entries({ ...files, ...tables })) {
    assert.equal(made[artifact], sha256OfFile(`${json.dir}/${file}`), file);
  }
}
