/** What is known is not computed again; what changed, or is damaged, is noticed, said and made again. */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { RunResult } from "../../mod.ts";
import { cli } from "./_cli.ts";
import { digests, type EngineOptions, ran, runTrial } from "./_engine.ts";
import { testOnCpu } from "./_tests.ts";
import { facePath, openTrial, type Settings, SMALL, someFaces, type Trial, writePipeline } from "./_trial.ts";

const STAGES = ["dataset", "images", "train", "export", "evaluate", "report"];
/** A run costs little here; one epoch is enough to have something to cache. */
const SETTINGS: Settings = { train: { epochs: 1, batch: 8 } };

function test(name: string, fn: (trial: Trial, first: RunResult) => Promise<void>): void {
  testOnCpu(name, async () => {
    using trial = openTrial({ settings: SETTINGS, faces: 24 });
    await fn(trial, await runTrial(trial));
  });
}

/** A run, the reasons that it gave for the stages that ran, and what it said of damage. */
async function told(
  trial: Trial,
  options: EngineOptions = {},
): Promise<{ result: RunResult; because: string; said: string }> {
  const reasons: string[] = [];
  const said: string[] = [];
  const result = await runTrial(trial, {
    ...options,
    onEvent: (event) => event.kind === "started" && reasons.push(`${event.stage}: ${event.because}`),
    warn: (message) => said.push(message),
  });
  return { result, because: reasons.join("\n"), said: said.join("\n") };
}

test("a second run is cached, whatever the comments, the layout and the order of keys", async (trial, first) => {
  assert.deepEqual(ran(first), STAGES);
  assert.deepEqual(ran(await runTrial(trial)), []);
  const turned = Object.fromEntries(Object.entries({ ...SMALL, ...SETTINGS }).reverse());
  Deno.writeTextFileSync(trial.file, `# A comment\n\n${stringify(turned)}\n# Another\n`);
  const again = await runTrial(trial);
  assert.deepEqual(ran(again), []);
  assert.deepEqual(digests(again), digests(first));
});

const CHANGES: readonly [Settings, readonly string[], RegExp][] = [
  [{ report: { title: "Another" } }, ["report"], /^report: .*title changed from null to "Another"$/],
  [{ evaluate: { metrics: ["mae"] } }, ["evaluate", "report"], /^evaluate: metrics changed from/],
  [
    { export: { licence: "MIT" } },
    ["export", "evaluate", "report"],
    /^export: options.licence changed from "" to "MIT"/,
  ],
  [{ loss: "l1" }, ["train", "export", "evaluate", "report"], /^train: .*tasks.* changed from "mse" to "l1"/],
  [{ augmentation: [] }, ["train", "export", "evaluate", "report"], /^train: augmentation/],
  [
    { backbone: { use: "convnet", width: 4, depth: 2, image: 24 } },
    ["images", "train", "export", "evaluate", "report"],
    /^images: size changed from 16 to 24$/m,
  ],
  [
    { dataset: { ...SMALL.dataset as Settings, ages: [1, 80] } },
    STAGES,
    /^dataset: ages changed from \[1,90\] to \[1,80\]$/m,
  ],
];

test("editing one stage runs that stage and what depends on it", async (trial) => {
  for (const [change, stages, reason] of CHANGES) {
    writePipeline(trial.file, { ...SETTINGS, ...change });
    const { result, because } = await told(trial);
    assert.deepEqual(ran(result), stages, JSON.stringify(change));
    assert.match(because, reason);
    writePipeline(trial.file, SETTINGS);
    assert.deepEqual(ran(await runTrial(trial)), [], `back from ${JSON.stringify(change)}`);
  }
});

test("an image that is added, changed or deleted is noticed", async (trial, first) => {
  const [face] = someFaces(24);
  const added = `${trial.images}/30_0_0_20260101120009999.jpg`;
  Deno.copyFileSync(facePath(someFaces(25)[24]), added);
  const more = await told(trial);
  assert.deepEqual(ran(more.result), STAGES);
  assert.match(more.because, /^dataset: images changed: \+1 -0 ~0$/m);
  Deno.removeSync(added);
  assert.deepEqual(ran(await runTrial(trial)), [], "the folder is as it was");

  const file = `${trial.images}/${face}`;
  const bytes = Deno.readFileSync(file);
  keepingTime(file, () => Deno.writeFileSync(file, withFlippedByte(bytes, bytes.length - 40)));
  const changed = await told(trial);
  assert.match(changed.because, /^dataset: images changed: \+0 -0 ~1$/m);
  assert.ok(ran(changed.result).includes("images"));

  Deno.removeSync(file);
  const fewer = await told(trial);
  assert.match(fewer.because, /^dataset: images changed: \+0 -1 ~0$/m);
  Deno.writeFileSync(file, bytes);
  const back = await runTrial(trial);
  assert.deepEqual(ran(back), [], "the same content again, although the file is new");
  assert.deepEqual(digests(back), digests(first));
});

test("a dataset and lists that lie elsewhere are the same dataset", async (trial) => {
  const split = { by: "list", train: "train.csv", test: "test.csv", validation: 0.2 };
  const settings = { ...SETTINGS, dataset: { ...SMALL.dataset as Settings, split } };
  using other = openTrial({ settings, faces: 24 });
  writePipeline(trial.file, settings);
  for (const { folder } of [trial, other]) {
    Deno.writeTextFileSync(`${folder}/train.csv`, ["file", ...someFaces(24).slice(6)].join("\n"));
    Deno.writeTextFileSync(`${folder}/test.csv`, ["file", ...someFaces(24).slice(0, 6)].join("\n"));
  }
  assert.deepEqual(ran(await runTrial(trial)), STAGES);
  assert.deepEqual(ran(await runTrial(other, { cache: trial.cache })), []);
  Deno.writeTextFileSync(`${other.folder}/test.csv`, ["file", ...someFaces(24).slice(0, 5)].join("\n"));
  const { result, because } = await told(other, { cache: trial.cache });
  assert.match(because, /^dataset: test list changed$/m);
  assert.ok(ran(result).includes("images"));
});

test("a file beside the images that is no image, and a touched image, change no result", async (trial, first) => {
  const [face] = someFaces(24);
  Deno.utimeSync(`${trial.images}/${face}`, new Date(), new Date());
  assert.deepEqual(ran(await runTrial(trial)), []);
  Deno.writeTextFileSync(`${trial.images}/notes.txt`, "not an image");
  assert.deepEqual(digests(await runTrial(trial)), digests(first));
});

function withFlippedByte(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, bytes[at] ^ 1);
}

/** Changes a file, but not the time that it says it was changed. */
function keepingTime(path: string, change: () => void): void {
  const { mtime } = Deno.statSync(path);
  change();
  Deno.utimeSync(path, mtime!, mtime!);
}

function blobPath(trial: Trial, result: RunResult, artifact: string): string {
  const [stage, name] = artifact.split(".");
  const { digest } = result.outcomes.get(stage)!.outputs[name];
  return `${trial.cache}/blobs/${digest.slice(0, 2)}/${digest}`;
}

const DAMAGES: readonly [string, string, (path: string) => void, RegExp][] = [
  [
    "images.packed",
    "changed",
    (path) => Deno.writeFileSync(path, withFlippedByte(Deno.readFileSync(path), 7)),
    /"images\/packed" is damaged/,
  ],
  [
    "train.weights",
    "truncated",
    (path) => keepingTime(path, () => Deno.truncateSync(path, 100)),
    /"train\/weights" is damaged/,
  ],
  ["export.model", "deleted", (path) => Deno.removeSync(path), /"export\/model" is absent/],
  ["evaluate.predictions", "emptied", (path) => Deno.truncateSync(path, 0), /"evaluate\/predictions" is damaged/],
];

test("damaged bytes are noticed, said, and made again", async (trial, first) => {
  for (const [artifact, damage, harm, message] of DAMAGES) {
    harm(blobPath(trial, first, artifact));
    const { result, because, said } = await told(trial);
    assert.match(said, message, damage);
    const stage = artifact.split(".")[0];
    assert.match(because, new RegExp(`^${stage}: its cached result is gone$`, "m"));
    assert.deepEqual(digests(result), digests(first), `${artifact} ${damage}`);
  }
  assert.deepEqual(ran(await runTrial(trial)), []);
});

test("damage that keeps size and time stamp is noticed where the bytes are used", async (trial, first) => {
  const path = blobPath(trial, first, "export.model");
  keepingTime(path, () => Deno.writeFileSync(path, withFlippedByte(Deno.readFileSync(path), 50)));
  const { result, said } = await told(trial, { out: trial.out });
  assert.match(said, /are damaged: they are dropped and made again/);
  assert.ok(ran(result).includes("export"));
  assert.deepEqual(digests(result), digests(first));
});

test("a damaged record is noticed, said, and made again", async (trial, first) => {
  const { key } = first.stages.find(({ name }) => name === "images")!;
  const record = `${trial.cache}/records/${key.slice(0, 2)}/${key}.json`;
  for (const text of ["", "{", Deno.readTextFileSync(record).replace(/"size":\d+/, '"size":1')]) {
    Deno.writeTextFileSync(record, text);
    const { result, because, said } = await told(trial);
    assert.equal(because, "images: its cached result is gone");
    assert.match(said, /The cache record [0-9a-f]+ is damaged: its stage runs again/);
    assert.deepEqual(ran(result), ["images"]);
    assert.deepEqual(digests(result), digests(first));
  }
});

test("a stage that is forced runs once more, and nothing that it does not change", async (trial, first) => {
  const { result, because } = await told(trial, { force: ["train"] });
  assert.match(because, /^train: forced$/m);
  // The history holds times, so the report that shows it is another.
  assert.deepEqual(ran(result), ["train", "report"]);
  assert.deepEqual(digests(result), digests(first));
});

test("two commands on one cache folder do not disturb each other", async (trial) => {
  using fresh = openTrial({ settings: SETTINGS, faces: 24 });
  const args = ["run", "small.yaml", "--provider=cpu", "--json"];
  const both = await Promise.all([cli(fresh, args), cli(fresh, args)]);
  assert.deepEqual(both.map(({ code }) => code), [0, 0], both.map(({ stderr }) => stderr).join("\n"));
  const [one, other] = both.map(({ stdout }) => JSON.parse(stdout.split("\n").findLast((line) => line !== "")!));
  assert.deepEqual(one.metrics, other.metrics);
  assert.deepEqual(digests(await runTrial(fresh)), digests(await runTrial(trial)));
});

test("the command line says what is damaged, also where the run was cached as a whole", async (trial) => {
  const args = ["run", "small.yaml", "--provider=cpu", "--json"];
  const summed = async () => {
    const { code, stdout, stderr } = await cli(trial, args);
    assert.equal(code, 0, stderr);
    const { stages } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    const again = stages.filter(({ status }: { status: string }) => status === "ran");
    return { again: again.map(({ name }: { name: string }) => name), stderr };
  };
  assert.deepEqual((await summed()).again, []);
  const known = await runTrial(trial);
  const path = blobPath(trial, known, "images.packed");
  Deno.writeFileSync(path, withFlippedByte(Deno.readFileSync(path), 7));
  const { again, stderr } = await summed();
  assert.deepEqual(again, ["images"]);
  assert.match(stderr, /^warning: The cached "images\/packed" is damaged: stage "images" runs again$/m);
});
