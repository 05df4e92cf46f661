import assert from "node:assert/strict";
import { parseArguments } from "../../../runners/cli/arguments.ts";
import { recordedDoors, recordedWorld } from "../../../runners/cli/recorder.ts";
import { settle, settledRuns } from "../../../runners/cli/settled.ts";
import { localDoors } from "../../../runners/doors.ts";
import { latestRun, resultsFolder } from "../../../runners/files/results.ts";
import { openWorld } from "../../../runners/world.ts";
import { plannedProvider, providerFacts } from "../../../runners/cli/provider_memo.ts";

const KEY = "a".repeat(64);
const LONG_AGO = new Date("2020-01-01");

/** A finished run of one stage, with everything that it depended on, and ways to change each of those. */
async function settled() {
  const root = Deno.realPathSync(Deno.makeTempDirSync());
  const [cache, out, file, images] = [`${root}/cache`, `${root}/runs`, `${root}/mine.yaml`, `${root}/images`];
  Deno.mkdirSync(images);
  write(`${images}/1.jpg`, "one");
  write(file, "name: mine");
  Deno.env.set("AGELINE_TEST", "here");
  const line = parseArguments(["run", file, "--cache", cache, "--out", out, "--provider", "wasm"]);
  const never = new AbortController().signal;
  const facts = await providerFacts("wasm", cache, { stop: never, kill: never, onDownload: () => {} });
  const compiled = recordedDoors(localDoors(root));
  await compiled.doors.readText(file);
  await compiled.doors.kindOf(images);
  compiled.doors.environment("AGELINE_TEST");
  const world = openWorld({ provider: plannedProvider(facts), cache, out });
  const watched = recordedWorld(world);
  await watched.world.files(images).fingerprint();
  const weights = await world.store.put(new TextEncoder().encode("w"));
  await world.store.remember(KEY, { stage: "train", outputs: { weights }, recipe: {}, seconds: 1 });
  const place = await resultsFolder(out).write({ pipeline: "mine", files: {}, texts: { "pipeline.lock": "lock" } });
  const row = { name: "train", key: KEY, status: "ran", seconds: 1 } as const;
  const figures = { metrics: { mae: 5 }, part: "test" } as const;
  const run = { pipeline: "mine", ...place, provider: "wasm", seconds: 1, ...figures, stages: [row] };
  settle(line, file, { compiled: compiled.answers, folders: watched.answers, provider: facts, run, notes: [] });
  const blob = `${cache}/blobs/${weights.digest.slice(0, 2)}/${weights.digest}`;
  return { root, line, file, images, out, cache, place, blob, run };
}

function write(path: string, text: string): void {
  Deno.writeTextFileSync(path, text);
  Deno.utimeSync(path, LONG_AGO, LONG_AGO);
}

type Made = Awaited<ReturnType<typeof settled>>;

Deno.test("while everything is as it was, the run is known, and noted as the one used last", async () => {
  const made = await settled();
  const known = await settledRuns(made.line);
  assert.deepEqual(known?.map(({ run }) => run), [made.run]);
  assert.equal(Deno.readTextFileSync(`${made.cache}/latest/mine/train`), KEY);
});

const CHANGES: Readonly<Record<string, (made: Made) => void>> = {
  "the pipeline file": ({ file }) => write(file, "name: mine # and more"),
  "an image": ({ images }) => write(`${images}/1.jpg`, "two"),
  "the number of images": ({ images }) => write(`${images}/2.jpg`, "two"),
  "a variable": () => Deno.env.set("AGELINE_TEST", "there"),
  "a cached result": ({ blob }) => Deno.truncateSync(blob, 0),
  "a cache record": ({ cache }) => Deno.removeSync(`${cache}/records`, { recursive: true }),
  "the files of the run": ({ place }) => Deno.removeSync(`${place.dir}/pipeline.lock`),
  "which run is the newest": ({ out }) => Deno.writeTextFileSync(`${out}/mine/latest`, "another"),
  "what the provider is": ({ cache }) => Deno.removeSync(`${cache}/provider`, { recursive: true }),
  "the code": ({ cache }) => {
    for (const { name } of Deno.readDirSync(`${cache}/settled`)) {
      const path = `${cache}/settled/${name}`;
      const note = JSON.parse(Deno.readTextFileSync(path));
      Deno.writeTextFileSync(path, JSON.stringify({ ...note, code: KEY }));
    }
  },
  "the folder of the images": ({ images }) => Deno.renameSync(images, `${images}2`),
};

for (const [what, change] of Object.entries(CHANGES)) {
  Deno.test(`where ${what} changed, the whole way is taken`, async () => {
    const made = await settled();
    change(made);
    assert.equal(await settledRuns(made.line), undefined);
  });
}

Deno.test("another command line, a forced stage and a damaged note take the whole way", async () => {
  const made = await settled();
  const { file, cache, out } = made;
  const words = ["run", file, "--cache", cache, "--out", out, "--provider", "wasm"];
  assert.ok(await settledRuns(parseArguments(words)));
  assert.equal(await settledRuns(parseArguments([...words, "train.epochs=3"])), undefined);
  assert.equal(await settledRuns(parseArguments([...words, "--force", "train"])), undefined);
  for (const { name } of Deno.readDirSync(`${cache}/settled`)) Deno.writeTextFileSync(`${cache}/settled/${name}`, "{");
  assert.equal(await settledRuns(parseArguments(words)), undefined);
  assert.equal(latestRun(`${out}/mine`), made.run.run);
});

Deno.test("a run that asked what cannot be compared is not noted", async () => {
  const made = await settled();
  const world = openWorld({
    provider: plannedProvider({
      name: "wasm",
      numericClass: "x",
      warnings: [],
      block: null,
      largestValue: null,
      half: true,
    }),
    cache: made.cache,
  });
  const watched = recordedWorld(world);
  await watched.world.files(made.images).list();
  assert.equal(watched.answers.open, true);
});
