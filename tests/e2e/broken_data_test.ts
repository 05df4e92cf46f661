/** Images and names with something wrong: listed with the reason and left out, or a clear end of the run. */
import assert from "node:assert/strict";
import type { Reject } from "../../mod.ts";
import type { DatasetSummary } from "../../lib/stages/_tables.ts";
import { brokenFiles, faceName, wholeFace } from "./_broken.ts";
import { cli, type Ended } from "./_cli.ts";
import { runTrial } from "./_engine.ts";
import { testOnCpu as test } from "./_tests.ts";
import { openTrial, type Settings, SMALL, type Trial } from "./_trial.ts";

const withDataset = (changes: Settings): Settings => ({
  dataset: { ...SMALL.dataset as Settings, ...changes },
  train: { epochs: 1, batch: 8 },
});

/** Adds a broken file of each kind. @returns their names by kind. */
function addBroken(trial: Trial): Record<string, string> {
  return Object.fromEntries(
    Object.entries(brokenFiles()).map(([kind, { bytes }], i) => {
      const name = faceName(30 + i, i);
      Deno.writeFileSync(`${trial.images}/${name}`, bytes);
      return [kind, name];
    }),
  );
}

/** What a run warned of, and the page that it made. */
async function warningsOf(trial: Trial): Promise<{ told: string; page: string }> {
  const warnings: string[] = [];
  const result = await runTrial(trial, {
    onEvent: (event) => event.kind === "warning" && warnings.push(event.message),
  });
  return { told: warnings.join("\n"), page: await (await result.open("report.page")).text() };
}

test("broken images within dataset.tolerate are listed with their reasons, and the run goes on", async () => {
  using trial = openTrial({ faces: 24, settings: withDataset({ tolerate: 0.5 }) });
  const names = addBroken(trial);
  const result = await runTrial(trial);
  const rejects: Reject[] = JSON.parse(await (await result.open("images.rejects")).text());
  assert.deepEqual(rejects.map(({ file }) => file).sort(), Object.values(names).sort());
  for (const [kind, { reason }] of Object.entries(brokenFiles())) {
    assert.match(rejects.find(({ file }) => file === names[kind])!.reason, reason, kind);
  }
  const page = await (await result.open("report.page")).text();
  for (const name of Object.values(names)) assert.ok(page.includes(name), `${name} is not in the report`);
  const predictions = await (await result.open("evaluate.predictions")).text();
  for (const name of Object.values(names)) assert.ok(!predictions.includes(name), `${name} was predicted`);
});

test("images under malformed names are listed, never guessed", async () => {
  using trial = openTrial({ faces: 24 });
  const bad = ["61_1_20170109142408075.jpg", "999_0_0_20170109142408075.jpg", "20_3_0_20170109142408075.jpg", "x.png"];
  for (const name of bad) Deno.writeFileSync(`${trial.images}/${name}`, wholeFace());
  const result = await runTrial(trial, { only: ["dataset"] });
  const { rejects, counts }: DatasetSummary = JSON.parse(await (await result.open("dataset.summary")).text());
  assert.deepEqual(rejects.map(({ file }) => file).sort(), [...bad].sort());
  assert.ok(rejects.every(({ reason }) => reason.length > 10), JSON.stringify(rejects));
  assert.equal(counts.train + counts.validation + counts.test, 24);
});

test("the same image in two parts, or with two ages, is told as a leak", async () => {
  using trial = openTrial({
    faces: 24,
    settings: withDataset({ split: { by: "list", train: "train.csv", test: "test.csv", validation: 0 } }),
  });
  const names = Array.from(Deno.readDirSync(trial.images), ({ name }) => name).sort();
  const [twin, younger] = [faceName(44, 1), faceName(20, 2)];
  Deno.copyFileSync(`${trial.images}/${names[0]}`, `${trial.images}/${twin}`);
  Deno.copyFileSync(`${trial.images}/${names[1]}`, `${trial.images}/${younger}`);
  Deno.writeTextFileSync(`${trial.folder}/train.csv`, ["file", ...names, younger].join("\n"));
  Deno.writeTextFileSync(`${trial.folder}/test.csv`, `file\n${twin}\n`);
  const { told, page } = await warningsOf(trial);
  assert.match(told, new RegExp(`leak: the same image in several parts: .*${twin} \\(test, 44\\)`));
  assert.match(told, new RegExp(`leak: the same image with several ages: .*${younger} \\(train, 20\\)`));
  assert.match(page, new RegExp(`<li>the same image in several parts: .*${twin} \\(test, 44\\)</li>`));
});

function assertPlain({ code, stderr }: Ended, status: number, message: RegExp): void {
  assert.equal(code, status, stderr);
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /^ +at .*\.ts:\d+/m, "a stack trace for a user's mistake");
}

const RUN = ["run", "small.yaml", "--provider=cpu"];

test("more broken images than dataset.tolerate end the run with their names and reasons", async () => {
  using trial = openTrial({ faces: 24, settings: withDataset({ tolerate: 0.1 }) });
  const names = addBroken(trial);
  const ended = await cli(trial, RUN);
  assertPlain(ended, 1, /Cannot prepare the images: 7 of 31 \(22\.6 %\) cannot be used, dataset\.tolerate allows 10 %/);
  assert.ok(ended.stderr.includes(`${names.truncated} (truncated`), ended.stderr);
});

test("a dataset without a face to train on is told with what to check", async () => {
  using trial = openTrial({ faces: 0 });
  assertPlain(
    await cli(trial, RUN),
    1,
    /no labelled image is left for training.*check dataset\.use, path, ages and split/,
  );
  Deno.writeFileSync(`${trial.images}/${faceName(50, 1)}`, wholeFace());
  const ages = await cli(trial, [...RUN, "dataset.ages=[1, 20]"]);
  assertPlain(ages, 1, /no labelled image is left for training .*1 outside the ages 1 to 20/);
});

test("a folder that is not there, or is a file, is wrong before anything runs", async () => {
  using trial = openTrial({ faces: 0 });
  assertPlain(await cli(trial, [...RUN, "dataset.path=nowhere"]), 2, /^override:1:14: no folder ".*nowhere"/);
  assertPlain(await cli(trial, [...RUN, "dataset.path=small.yaml"]), 2, /no folder ".*small\.yaml"/);
});
