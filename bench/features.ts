/**
 * From a folder of face photographs to the features of all of them, beside PyTorch doing the same:
 *
 *     UTKFACE=/faces FACE_MODEL=/models/mobilefacenet.onnx deno task bench features [images, default all] [turns, default 1]
 *
 * Ours are the stages `images` and `features` of `deno task run` with an empty cache; the run itself tells what they took.
 * PyTorch's side is features.py: the same file read by onnx2torch, eager float32, the better of two memory formats, images read by
 * Pillow in two processes. Neither count the start of their program. Both have to come to the same features.
 *
 * The model has to end in a linear layer and to take pixels of 0 to 255. Without the variables, drawings and the small model of
 * `fixtures` show that it works, no more.
 */
import { viewBytes } from "../lib/base/tensor.ts";
import { decodeModel } from "../lib/graph/decode.ts";
import type { FeatureIndex } from "../lib/stages/_feature_table.ts";
import type { FaceRow, PackedIndex } from "../lib/stages/_tables.ts";
import type { FinishedRun } from "../runners/cli/present.ts";
import { folderFiles } from "../runners/files/folder.ts";
import { folderStore } from "../runners/stores/folder.ts";
import { pythonLacks, scriptPath } from "./_python.ts";
import { median } from "./_median.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const FACES = Deno.env.get("UTKFACE") ?? `${ROOT}fixtures/faces`;
const MODEL = Deno.realPathSync(Deno.env.get("FACE_MODEL") ?? `${ROOT}fixtures/models/drawn_faces.onnx`);

/** Images whose features are compared, and the least cosine of the angle between the two of one image. */
const COMPARED = 256;
const LEAST_COSINE = 0.999;

/** Where the photographs lie, and how they are read. */
interface Work {
  readonly folder: string;
  /** Side of the images that the model takes, in pixels. */
  readonly size: number;
}

/** Seconds from photographs to features, and images a second of the network alone. */
interface Taken {
  readonly seconds: number;
  readonly alone: number;
}

interface Ours extends Taken {
  /** The images in the order of their features, by path in the folder. */
  readonly files: readonly string[];
  /** Of the first images, float32 [n,F]. */
  readonly features: Float32Array;
  /** Features of an image, F. */
  readonly width: number;
}

interface Theirs extends Taken {
  /** The memory format in which the network alone was faster; the figures are of that one. */
  readonly format: string;
  readonly features: Float32Array;
}

/** Copies images to `folder`, spread evenly over all there are; no side then reads from a colder disk than the other. */
async function collect(folder: string, count: number): Promise<number> {
  const paths = (await folderFiles({ folder: FACES }).list()).map(({ path }) => path).filter((path) =>
    /\.jpe?g$/i.test(path)
  );
  const images = Math.min(count, paths.length);
  for (let i = 0; i < images; i++) {
    const path = paths[Math.floor((i * paths.length) / images)];
    await Deno.copyFile(`${FACES}/${path}`, `${folder}/${path.replaceAll("/", "_")}`);
  }
  return images;
}

/** Side of the images that the model takes, in pixels. */
async function sizeOfInput(): Promise<number> {
  const { inputs, constants } = decodeModel(await Deno.readFile(MODEL));
  const side = inputs.find(({ name }) => !constants.has(name))?.shape?.at(-1);
  if (typeof side !== "number") throw new Error(`Cannot use ${MODEL}: it does not tell the size of its images`);
  return side;
}

/** Runs a pipeline that computes features and little else. */
async function runOurs({ folder, size }: Work, scratch: string): Promise<Ours> {
  const cache = `${scratch}/cache`;
  const settings = [
    `dataset.path=${folder}`,
    "dataset.ages=[0, 116]",
    "augmentation=[]",
    `backbone={ use: onnx, path: "${MODEL}", image: ${size}, train: none }`,
    "train.epochs=1",
    "evaluate.mirror=false",
  ];
  const places = [`--cache=${cache}`, `--out=${scratch}/runs`];
  const run = await commandOutput([
    "task",
    "--quiet",
    "run",
    "pipelines/frozen.yaml",
    ...settings,
    ...places,
    "--provider=cpu",
  ]);
  const secondsOf = (stage: string): number => run.stages.find(({ name }) => name === stage)!.seconds;
  const alone = secondsOf("features");
  const found = await readFeatures(run, cache);
  return { seconds: secondsOf("images") + alone, alone: found.files.length / alone, ...found };
}

async function commandOutput(args: readonly string[]): Promise<FinishedRun> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args, "--quiet", "--json"],
    cwd: ROOT,
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error("Cannot measure ageline: its run failed");
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

/** What the stages left in the cache. */
async function readFeatures(
  { stages }: FinishedRun,
  cache: string,
): Promise<Pick<Ours, "files" | "features" | "width">> {
  const store = folderStore({ folder: cache });
  const bytesOf = async (stage: string, output: string): Promise<Uint8Array> => {
    const { key } = stages.find(({ name }) => name === stage)!;
    const outcome = await store.recall(key);
    return await (await store.open(outcome!.outputs[output].digest))!.bytes();
  };
  const json = async <T>(stage: string, output: string): Promise<T> =>
    JSON.parse(new TextDecoder().decode(await bytesOf(stage, output)));
  const faces = await json<readonly FaceRow[]>("dataset", "faces");
  const packed = await json<PackedIndex>("images", "index");
  const index = await json<FeatureIndex>("features", "index");
  const table = viewBytes("float32", await bytesOf("features", "table")) as Float32Array;
  return {
    files: packed.faces.map((at) => faces[at].file),
    features: table.subarray(0, COMPARED * index.features),
    width: index.features,
  };
}

/** Lets PyTorch go through the images of which we have features. */
async function runTheirs({ folder, size }: Work, files: readonly string[], scratch: string): Promise<Theirs> {
  const [list, out] = [`${scratch}/list.txt`, `${scratch}/features.bin`];
  await Deno.writeTextFile(list, files.map((file) => `${folder}/${file}`).join("\n"));
  const args = [scriptPath("features.py"), MODEL, String(size), String(navigator.hardwareConcurrency), list, out];
  const { success, stdout } = await new Deno.Command("python3", { args, stderr: "inherit" }).output();
  if (!success) throw new Error("Cannot measure PyTorch: features.py failed");
  const { seconds, alone, format } = JSON.parse(new TextDecoder().decode(stdout));
  return {
    seconds,
    alone: alone[format],
    format,
    features: viewBytes("float32", await Deno.readFile(out)) as Float32Array,
  };
}

/** The least of the cosines between our and PyTorch's features of an image. */
function leastCosine(ours: Ours, theirs: Theirs): number {
  if (ours.features.length !== theirs.features.length) return NaN;
  const cosines = Array.from({ length: ours.features.length / ours.width }, (_, i) => {
    const [a, b] = [ours, theirs].map(({ features }) => features.subarray(i * ours.width, (i + 1) * ours.width));
    return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
  });
  return Math.min(...cosines);
}

function product(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** @throws Error where the two sides did not do the same. */
function checkSame(ours: Ours, theirs: Theirs): void {
  const cosine = leastCosine(ours, theirs);
  console.log(`  least cosine between the features of an image: ${cosine.toFixed(6)} (at least ${LEAST_COSINE})`);
  if (!(cosine >= LEAST_COSINE)) throw new Error("Cannot compare: ageline and PyTorch come to different features");
}

function report(name: string, images: number, turns: readonly Taken[]): void {
  const seconds = median(turns.map((turn) => turn.seconds));
  const alone = median(turns.map((turn) => turn.alone));
  const rate = (images / seconds).toFixed(1).padStart(7);
  console.log(
    `  ${name.padEnd(22)} ${seconds.toFixed(1).padStart(7)} s, ${rate} images/s; the network alone ${
      alone.toFixed(1)
    } images/s`,
  );
}

function reportRatios(ours: readonly Taken[], theirs: readonly Taken[]): void {
  const whole = median(ours.map(({ seconds }, turn) => theirs[turn].seconds / seconds));
  const alone = median(ours.map((turn, i) => turn.alone / theirs[i].alone));
  console.log(`  ageline: speed ${whole.toFixed(2)} (wanted: 1), of the network alone ${alone.toFixed(2)}`);
}

/** One side after the other, each from the beginning. */
async function takeTurns(work: Work, turns: number, lacking: string | undefined): Promise<void> {
  const [ours, theirs]: [Ours[], Theirs[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    await inFolder(async (scratch) => {
      ours.push(await runOurs(work, scratch));
      if (lacking === undefined) theirs.push(await runTheirs(work, ours[turn].files, scratch));
    });
  }
  const images = ours[0].files.length;
  report("ageline", images, ours);
  if (lacking !== undefined) return console.log(`  PyTorch is skipped: ${lacking}`);
  report(`PyTorch, ${theirs[0].format}`, images, theirs);
  reportRatios(ours, theirs);
  checkSame(ours[0], theirs[0]);
}

/** A temporary folder while something is done. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const count = Deno.args[0] === undefined || Deno.args[0] === "all" ? Infinity : Number(Deno.args[0]);
const turns = Number(Deno.args[1] ?? 1);
const lacking = await pythonLacks("torch", "onnx", "onnx2torch", "PIL");
await inFolder(async (folder) => {
  const size = await sizeOfInput();
  const images = await collect(folder, count);
  console.log(`${images} images to features, ${size}x${size} pixels`);
  await takeTurns({ folder, size }, turns, lacking);
});
