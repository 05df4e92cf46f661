/**
 * How the cost of a run grows with the number of images: every stage, an epoch of batches, the plan of a finished run, memory.
 *
 *     deno run -A bench/many.ts [counts, default 25000 50000 100000]
 *
 * The images are one drawing of 16 x 16 pixels, in files that differ by a comment; the model is as small as they are, so that what
 * is measured is everything but the model. Every count runs in a process of its own, which gets its memory as that of a run does.
 */
import type { Blob } from "../lib/contracts/store.ts";
import type { World } from "../lib/contracts/world.ts";
import { planPipeline } from "../lib/pipeline/plan.ts";
import { runPipeline } from "../lib/pipeline/run.ts";
import { encodeJpeg } from "../fixtures/generator/jpeg.ts";
import { allocation, COLLECTING } from "../runners/cli/permissions.ts";
import { loadPipeline } from "../runners/load.ts";
import { chooseProvider } from "../runners/providers/mod.ts";
import { openWorld } from "../runners/world.ts";
import { peakMemory } from "./_peak.ts";

const SIDE = 16;
const BATCH = 64;

/** Figures by name: seconds, or megabytes. */
type Figures = Record<string, number>;

/** Writes `count` images named as UTKFace names them, aged 21 to 60. */
async function writeImages(folder: string, count: number): Promise<void> {
  const data = new Uint8Array(SIDE * SIDE * 3).map((_, i) => (i * 37) & 0xFF);
  const image = await encodeJpeg({ width: SIDE, height: SIDE, data });
  for (let i = 0; i < count; i++) {
    const [age, gender, race] = [21 + (i % 40), i % 2, i % 5];
    const name = `${age}_${gender}_${race}_2026010112${String(i).padStart(7, "0")}.jpg.chip.jpg`;
    Deno.writeFileSync(`${folder}/${name}`, commented(image, `image ${i}`));
  }
}

/** The same JPEG with a comment behind its first marker. */
function commented(image: Uint8Array, text: string): Uint8Array {
  const comment = new TextEncoder().encode(text);
  return Uint8Array.of(...image.subarray(0, 2), 0xFF, 0xFE, 0, comment.length + 2, ...comment, ...image.subarray(2));
}

/** Bytes at the peak of this process so far. Where there is no /proc, those of the moment. */
function peakSoFar(): number {
  return Deno.build.os === "linux" ? peakMemory() : Deno.memoryUsage().rss;
}

/** The most megabytes that the process held while work was done, looked at every 20 ms. */
async function watched(work: () => Promise<void>): Promise<number> {
  let most = 0;
  const look = (): void => void (most = Math.max(most, Deno.memoryUsage().rss));
  const timer = setInterval(look, 20);
  try {
    await work();
    look();
    return most / 1e6;
  } finally {
    clearInterval(timer);
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Draws all images in four epochs: seconds of a later one, and the memory that the later ones add to that after the first. */
async function drawEpochs(world: World, packed: Blob, count: number): Promise<{ seconds: number; megabytes: number }> {
  const batches = Array.from(
    { length: Math.floor(count / BATCH) },
    (_, i) => Uint32Array.from({ length: BATCH }, (_, j) => i * BATCH + j),
  );
  const steps = [{ use: "flip", params: {} }, { use: "crop", params: {} }];
  const options = { size: SIDE, batches, augmentations: steps, seed: 1, form: "uint8" as const };
  const draw = async (epoch: number): Promise<void> => {
    for await (const _ of world.images.batches(packed, { ...options, epoch }));
  };
  await draw(0);
  const before = Deno.memoryUsage().rss / 1e6;
  const times: number[] = [];
  const megabytes = await watched(async () => {
    for (const epoch of [1, 2, 3]) times.push(await seconds(() => draw(epoch)));
  });
  return { seconds: times.sort((a, b) => a - b)[1], megabytes: megabytes - before };
}

/** The figures of one count, whose images lie in `<scratch>/images`. */
async function measure(count: number, scratch: string): Promise<Figures> {
  const folder = `${scratch}/images`;
  const overrides = [
    `dataset.path=${folder}`,
    `backbone={ use: convnet, width: 4, depth: 1, image: ${SIDE} }`,
    "head=regression",
    "loss=mse",
    "train.epochs=1",
    `train.batch=${BATCH}`,
  ];
  const pipeline = await loadPipeline("pipelines/base.yaml", { overrides });
  const { provider } = await chooseProvider("cpu");
  const open = () => openWorld({ provider, cache: `${scratch}/cache`, out: `${scratch}/runs` });
  await using world = open();
  const run = await runPipeline(pipeline, world);
  const peak = peakSoFar() / 1e6;
  const stages = run.stages.map((stage): [string, number] => [`stage ${stage.name}`, stage.seconds]);
  const packed = await run.open("images.packed");
  const epochs = await drawEpochs(world, packed, count);
  await using later = open();
  return {
    ...Object.fromEntries(stages),
    "an epoch of batches": epochs.seconds,
    "plan once it is cached": await seconds(() => planPipeline(pipeline, later)),
    "peak memory of the run (MB)": peak,
    "memory that three more epochs add (MB)": epochs.megabytes,
  };
}

/** The figures of one count, from a process of its own. */
async function measureApart(count: number): Promise<Figures> {
  const scratch = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${scratch}/images`);
    await writeImages(`${scratch}/images`, count);
    return await childFigures(count, scratch);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function childFigures(count: number, scratch: string): Promise<Figures> {
  const args = ["run", "-A", COLLECTING, new URL(import.meta.url).href, "--apart", String(count), scratch];
  const env = allocation("cpu");
  const { stdout, success } = await new Deno.Command(Deno.execPath(), { args, env, stderr: "inherit" }).output();
  if (!success) throw new Error(`the run with ${count} images failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

function print(counts: readonly number[], all: readonly Figures[]): void {
  const row = (name: string, cells: readonly string[]): void =>
    console.log(name.padEnd(42) + cells.map((cell) => cell.padStart(12)).join(""));
  row("seconds for this many images", counts.map(String));
  for (const name of Object.keys(all[0])) {
    const values = all.map((figures) => figures[name]);
    row(name, values.map((value) => value.toFixed(value < 100 ? 2 : 0)));
  }
}

if (Deno.args[0] === "--apart") {
  console.log(JSON.stringify(await measure(Number(Deno.args[1]), Deno.args[2])));
} else {
  const counts = Deno.args.length > 0 ? Deno.args.map(Number) : [25_000, 50_000, 100_000];
  const all: Figures[] = [];
  for (const count of counts) all.push(await measureApart(count));
  print(counts, all);
}
