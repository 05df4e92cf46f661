/** Pipelines and datasets of strangers: they read nothing outside, break nothing, and get a message instead of a trace. */
import assert from "node:assert/strict";
import { loadPipeline, PipelineError, type Reject, type RunResult } from "../../mod.ts";
import type { DatasetSummary, FaceRow } from "../../lib/stages/_tables.ts";
import { faceName, wholeFace } from "./_broken.ts";
import { cli } from "./_cli.ts";
import { runTrial } from "./_engine.ts";
import { openTrial, type Settings, SMALL, type Trial } from "./_trial.ts";

const DATA = ["dataset", "images"];

async function opened<T>(result: RunResult, artifact: string): Promise<T> {
  return JSON.parse(await (await result.open(artifact)).text());
}

const withDataset = (dataset: Settings): Settings => ({
  dataset: { path: "./images", ages: [1, 90], tolerate: 1, ...dataset },
});

Deno.test("a table that names files outside the dataset gets none of them", async () => {
  using trial = openTrial({ settings: withDataset({ use: "csv" }) });
  const outside = `${trial.folder}/secret.jpg`;
  Deno.writeFileSync(outside, wholeFace());
  const [inside] = Deno.readDirSync(trial.images);
  const wanted = ["../secret.jpg", outside, "../../../../../../etc/passwd", "./../secret.jpg", "a/../../secret.jpg"];
  const rows = [...wanted, inside.name, "20_0_0.jpg\0.png"].map((file) => `"${file}",30`);
  Deno.writeTextFileSync(`${trial.images}/labels.csv`, ["file,age", ...rows].join("\n"));
  const result = await runTrial(trial, {
    only: DATA,
    overrides: ["dataset.split={by: random, test: 0, validation: 0}"],
  });
  const faces = await opened<FaceRow[]>(result, "dataset.faces");
  assert.deepEqual(faces.map(({ file }) => file), [inside.name]);
  const { rejects } = await opened<DatasetSummary>(result, "dataset.summary");
  for (const file of wanted) {
    assert.match(rejects.find((reject) => reject.file === file)!.reason, /there is no such file/);
  }
});

Deno.test("the table itself must lie in the dataset's folder", async () => {
  for (const table of ["../labels.csv", "/etc/passwd", "a/../../labels.csv", "lab\0els.csv"]) {
    using trial = openTrial({ faces: 1, settings: withDataset({ use: "csv", table }) });
    Deno.writeTextFileSync(`${trial.folder}/labels.csv`, "file,age\n");
    await assert.rejects(runTrial(trial, { only: DATA }), { name: "PipelineError", message: /Cannot read "/ });
  }
});

Deno.test("links that lead out of the dataset are listed as rejects and not followed", async () => {
  using trial = openTrial({ settings: withDataset({ use: "utkface" }) });
  const outside = `${trial.folder}/outside`;
  Deno.mkdirSync(outside);
  Deno.writeFileSync(`${outside}/${faceName(40, 1)}`, wholeFace());
  const link = faceName(41, 2);
  Deno.symlinkSync(`${outside}/${faceName(40, 1)}`, `${trial.images}/${link}`);
  Deno.symlinkSync(outside, `${trial.images}/folder`);
  Deno.symlinkSync("/nowhere", `${trial.images}/${faceName(42, 3)}`);
  const result = await runTrial(trial, { only: DATA });
  const rejects = await opened<Reject[]>(result, "images.rejects");
  assert.deepEqual(rejects.map(({ file }) => file).sort(), [link, faceName(42, 3)].sort());
  assert.match(rejects.find(({ file }) => file === link)!.reason, /a link leads out of/);
  const faces = await opened<FaceRow[]>(result, "dataset.faces");
  assert.ok(!faces.some(({ file }) => file.startsWith("folder/")));
});

/** The problems of a pipeline file with this text. */
async function problemsOf(trial: Trial, text: string, overrides: readonly string[] = []): Promise<string> {
  const file = `${trial.folder}/strange.yaml`;
  Deno.writeTextFileSync(file, text);
  const error = await loadPipeline(file, { overrides }).then(() => undefined, (error) => error);
  assert.ok(error instanceof PipelineError, `${text.slice(0, 60)} gave ${error}`);
  return error.message;
}

const laughs = ["a: &a [x, x, x, x, x, x, x, x, x]"].concat(
  Array.from("bcdefghij", (name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[i]}`).join(", ")}]`),
).join("\n");

const STRANGE: readonly [string, RegExp][] = [
  [laughs, /more than 20000 values: leave aliases out/],
  ["a: &a [*a]", /"\*a" stands inside of what it stands for/],
  ["a: &a { b: [{ c: *a }] }", /"\*a" stands inside of what it stands for/],
  [`a: ${"[".repeat(5000)}${"]".repeat(5000)}`, /call stack/],
  [`name: ${"x".repeat(200_000)}`, /200006 characters are too many for a pipeline/],
  ["\0\x01\x02", /not text in UTF-8/],
  ["extends: ./small.yaml\n__proto__: { polluted: 1 }", /unknown key "__proto__"/],
  ["extends: ./parent.yaml\nconstructor: { use: a }\ntoString: { use: a }", /unknown key "constructor"/],
  ["extends: ./small.yaml\nname: ../../evil", /"name" must be made of letters/],
  ["extends: ./small.yaml\nname: ..", /"name" must be made of letters/],
  ['extends: "./sm\\0all.yaml"', /cannot read/],
  ['extends: ./small.yaml\ndataset: { path: "a\\0b" }', /no folder/],
  ["extends: ./small.yaml\nhead: !!js/function 'function () {}'", /tag/],
];

Deno.test("strange pipelines get their problems told", async () => {
  using trial = openTrial({ faces: 1 });
  const parent = { ...SMALL, constructor: { use: "b", x: 1 }, toString: { use: "b" } };
  Deno.writeTextFileSync(`${trial.folder}/parent.yaml`, JSON.stringify(parent));
  for (const [text, problem] of STRANGE) assert.match(await problemsOf(trial, text), problem);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

const ABSURD: readonly [string, RegExp][] = [
  ["train.epochs=1e308", /"train\.epochs" must be at most \d+, not 1e\+308/],
  ["train.batch=.inf", /"train\.batch" must be a number, not Infinity/],
  ["train.optimizer.lr=.nan", /"train\.optimizer\.lr" must be a number, not NaN/],
  ["train.optimizer.lr=-1", /"train\.optimizer\.lr" must be/],
  ["train.checkpoint=.inf", /"train\.checkpoint" must be a number/],
  ["backbone.width=1e9", /"backbone\.width" must be at most/],
  ["backbone.image=1e9", /"backbone\.image" must be at most/],
  ["dataset.tolerate=1e400", /"dataset\.tolerate" must be/],
  ["dataset.ages=[0, 1e9]", /"dataset\.ages\.1" must be at most 150/],
  ["dataset.split.test=-.5", /"dataset\.split\.test" must be at least 0/],
  ["seed=-1", /"seed" must be at least 0/],
  ["train.seed=0.5", /"train\.seed" must be/],
  ["__proto__.polluted=1", /unknown value "__proto__"/],
  ["train.__proto__.polluted=1", /unknown value "train\.__proto__"/],
  ["constructor.prototype.polluted=1", /unknown value "constructor"/],
];

Deno.test("absurd numbers and keys of overrides are refused, each with its place", async () => {
  using trial = openTrial({ faces: 1 });
  for (const [override, problem] of ABSURD) {
    assert.match(await problemsOf(trial, "extends: ./small.yaml", [override]), problem, override);
  }
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("names that would steer a terminal are shown harmlessly", async () => {
  using trial = openTrial({ faces: 0 });
  Deno.writeFileSync(`${trial.images}/\x1b]0;evil\x07\x1b[31m.jpg`, wholeFace());
  const { stderr } = await cli(trial, ["run", "small.yaml", "--provider=cpu"]);
  assert.match(stderr, /evil/);
  assert.ok(!stderr.includes("\x1b") && !stderr.includes("\x07"), JSON.stringify(stderr));
});

Deno.test("the tasks have no network, no native code and two folders to write to", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  for (const name of ["run", "plan", "parity", "check", "list"]) {
    assert.doesNotMatch(tasks[name], /-A\b|--allow-(all|net|ffi|import|sys(?!=cpus(,systemMemoryInfo)? ))/, name);
    assert.match(tasks[name], /--no-prompt/, name);
  }
  assert.match(tasks.run, /--allow-write=\.cache,runs /);
  assert.doesNotMatch(tasks.run, /--allow-run(?!=)/);
  assert.doesNotMatch(`${tasks.check} ${tasks.list}`, /--allow-(write|run)/);
});
