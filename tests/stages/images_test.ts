/** The images stage cuts or aligns, and leaves out what it cannot use. */
import assert from "node:assert/strict";
import { landmarksOf } from "../../fixtures/generator/landmarks.ts";
import { fileName, roster } from "../../fixtures/generator/roster.ts";
import { templateFor } from "../../lib/images/align.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import type { PackedIndex } from "../../lib/stages/_tables.ts";
import type { Reject, RunResult } from "../../mod.ts";
import { ran, runTrial } from "../e2e/_engine.ts";
import { testOnCpu } from "../e2e/_tests.ts";
import { facePath, openTrial, type Trial } from "../e2e/_trial.ts";

const ONLY = ["dataset", "images"];
const SIZE = 112;
const BACKBONE = { use: "convnet", width: 4, depth: 2, image: SIZE };
const POINTS = [0, 1, 2, 3, 4].flatMap((i) => [`lx${i}`, `ly${i}`]);

/** Drawn grown-ups, with a table of their landmarks; the last `bare` have none. */
function openAligned(count: number, bare: number, tolerate: number): Trial {
  const dataset = { use: "csv", path: "./images", ages: [1, 90], tolerate, align: "five_points" };
  const trial = openTrial({ faces: 0, settings: { dataset, backbone: BACKBONE } });
  const sitters = roster().filter(({ age }) => age > 20).slice(0, count);
  const rows = sitters.map((sitter, i) => {
    Deno.copyFileSync(facePath(fileName(sitter)), `${trial.images}/${i}.jpg`);
    const points = i < count - bare ? landmarksOf(sitter) : new Array(10).fill("");
    return [`${i}.jpg`, sitter.age, ...points].join(",");
  });
  Deno.writeTextFileSync(`${trial.images}/labels.csv`, [`file,age,${POINTS.join(",")}`, ...rows].join("\n"));
  return trial;
}

/** What the exported model says of the part of a picture that it wants. */
async function partFor(overrides: readonly string[]): Promise<string> {
  using trial = openTrial({ faces: 24, settings: { train: { epochs: 1, batch: 8 } } });
  const run = await runTrial(trial, { only: ["dataset", "images", "train", "export"], overrides });
  return decodeModel(await (await run.open("export.model")).bytes()).metadata["ageline.part"];
}

async function jsonOf<T>(run: RunResult, artifact: string): Promise<T> {
  return JSON.parse(await (await run.open(artifact)).text());
}

/** The mean over all packed images of their green levels, by pixel. */
async function meanImage(run: RunResult): Promise<Float64Array> {
  const bytes = await (await run.open("images.packed")).bytes();
  const count = bytes.length / (SIZE * SIZE * 3);
  const mean = new Float64Array(SIZE * SIZE);
  for (let i = 0; i < bytes.length / 3; i++) mean[i % mean.length] += bytes[3 * i + 1] / count;
  return mean;
}

/** The middle of what is darker than all around, in a window about a place. */
function darkest(mean: Float64Array, x: number, y: number): [number, number] {
  const places: { x: number; y: number; level: number }[] = [];
  for (let j = Math.round(y) - 7; j <= y + 7; j++) {
    for (let i = Math.round(x) - 7; i <= x + 7; i++) places.push({ x: i, y: j, level: mean[j * SIZE + i] });
  }
  const dark = places.sort((a, b) => a.level - b.level).slice(0, 15);
  const middle = (of: (place: { x: number; y: number }) => number): number =>
    dark.reduce((sum, place) => sum + of(place), 0) / dark.length;
  return [middle((place) => place.x), middle((place) => place.y)];
}

Deno.test("drawn faces are aligned: their pupils lie on the template, faces without landmarks are left out", async () => {
  using trial = openAligned(24, 2, 0.1);
  const run = await runTrial(trial, { only: ONLY });
  const index = await jsonOf<PackedIndex>(run, "images.index");
  assert.equal(index.faces.length, 22);
  const rejects = await jsonOf<Reject[]>(run, "images.rejects");
  assert.deepEqual(rejects.map(({ file }) => file), ["22.jpg", "23.jpg"]);
  assert.match(rejects[0].reason, /no landmarks/);
  const mean = await meanImage(run);
  const template = templateFor(SIZE);
  for (const eye of [0, 2]) {
    const [x, y] = darkest(mean, template[eye], template[eye + 1]);
    const distance = Math.hypot(x - template[eye], y - template[eye + 1]);
    assert.ok(distance < 2.5, `the eye is at ${x}, ${y}`);
  }
});

Deno.test("too many faces without landmarks stop the run", async () => {
  using trial = openAligned(10, 3, 0.1);
  await assert.rejects(runTrial(trial, { only: ONLY }), /3 of 10 \(30.0 %\) cannot be used.*no landmarks/s);
});

Deno.test("another crop makes other images of the same faces, and nothing else", async () => {
  using trial = openTrial({ faces: 12 });
  const whole = await runTrial(trial, { only: ONLY });
  const cut = await runTrial(trial, { only: ONLY, overrides: ["dataset.crop=[0.2, 0.1, 0.8, 0.7]"] });
  assert.deepEqual([ran(whole), ran(cut)], [ONLY, ["images"]]);
  const bytesOf = async (run: RunResult): Promise<Uint8Array> => await (await run.open("images.packed")).bytes();
  assert.equal((await bytesOf(cut)).length, (await bytesOf(whole)).length);
  assert.notDeepEqual(await bytesOf(cut), await bytesOf(whole));
  const same = await runTrial(trial, { only: ONLY, overrides: ["dataset.crop=null"] });
  assert.deepEqual(ran(same), []);
});

Deno.test("an image that changes while it is read is told, and never taken for what it was", async () => {
  using trial = openTrial({ faces: 12 });
  const [path, other] = Array.from(Deno.readDirSync(trial.images), ({ name }) => `${trial.images}/${name}`).sort();
  const original = Deno.readFileSync(path);
  const changing = runTrial(trial, {
    only: ONLY,
    onEvent: (event) => {
      if (event.kind === "started" && event.stage === "images") Deno.copyFileSync(other, path);
    },
  });
  await assert.rejects(changing, {
    name: "UserError",
    message: /^Cannot prepare the images: 1 of 12 changed while they were read \(\S+\.jpg\); leave them alone/,
  });
  Deno.writeFileSync(path, original);
  assert.deepEqual(ran(await runTrial(trial, { only: ONLY })), ["images"]);
});

testOnCpu("model.onnx tells which part of a picture it wants", async () => {
  assert.equal(await partFor([]), "the whole picture");
  assert.match(await partFor(["dataset.crop=[0.2, 0.1, 0.8, 0.7]"]), /0\.2, 0\.1, 0\.8, 0\.7/);
});
