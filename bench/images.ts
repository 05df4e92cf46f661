/**
 * How fast images are prepared and batches drawn.
 *
 *     UTKFACE=/path deno run -A bench/images.ts [images] [rounds]
 *
 * Preparing is measured beside Pillow in one process doing the same, in turns, so that both see the same machine.
 */
import { augmentations } from "../lib/augmentations/mod.ts";
import { random } from "../lib/base/random.ts";
import type { Blob } from "../lib/contracts/store.ts";
import { folderFiles } from "../runners/files/folder.ts";
import { openImageWorkers } from "../runners/images/image_workers.ts";

const SIZE = 64;
const BATCH = 64;

const folder = Deno.env.get("UTKFACE") ?? "fixtures/faces";
const count = Number(Deno.args[0] ?? 4000);
const rounds = Number(Deno.args[1] ?? 3);

const files = folderFiles({ folder });
const listed = (await files.list()).map(({ path }) => path).filter((path) => path.endsWith(".jpg"));
const paths = listed.slice(0, count);

/** Seconds to prepare every image, the start of the workers included. */
async function ours(packed: Uint8Array): Promise<number> {
  const start = performance.now();
  await using images = openImageWorkers();
  let at = 0;
  for await (const { path, pixels, reason } of images.prepare(files, paths, { size: SIZE })) {
    if (!pixels) throw new Error(`${path}: ${reason}`);
    packed.set(pixels.data, at);
    at += pixels.data.length;
  }
  return (performance.now() - start) / 1000;
}

/** Seconds that Pillow takes, or why there is no such number. */
async function pillow(): Promise<number | string> {
  const command = new Deno.Command("python3", {
    args: ["scripts/oracle/decode_speed.py", String(SIZE)],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  try {
    const child = command.spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(paths.map((path) => `${files.folder}/${path}`).join("\n")));
    await writer.close();
    const { success, stdout, stderr } = await child.output();
    const text = new TextDecoder();
    return success ? Number(text.decode(stdout)) : text.decode(stderr).trim().split("\n").at(-1)!;
  } catch (error) {
    return String(error);
  }
}

function report(figure: string, value: string): void {
  console.log(`${figure.padEnd(44)} ${value}`);
}

const perSecond = (images: number, seconds: number): string => `${Math.round(images / seconds)} images/s`;
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function benchPrepare(packed: Uint8Array): Promise<void> {
  const mine: number[] = [];
  const theirs: number[] = [];
  let skipped: string | undefined;
  for (let round = 0; round < rounds; round++) {
    mine.push(await ours(packed));
    const seconds = skipped === undefined ? await pillow() : skipped;
    if (typeof seconds === "number") theirs.push(seconds);
    else skipped = seconds;
  }
  report(`prepare ${paths.length} images at ${SIZE} x ${SIZE}`, perSecond(paths.length, median(mine)));
  if (skipped !== undefined) return report("  beside Pillow", `skipped: ${skipped}`);
  report("  Pillow, one process", perSecond(paths.length, median(theirs)));
  const ratios = mine.map((seconds, i) => seconds / theirs[i]);
  report("  time relative to Pillow", `${median(ratios).toFixed(2)} (wanted: at most 1.5)`);
}

async function benchBatches(packed: Uint8Array): Promise<void> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, packed);
  const blob = { path, size: packed.length } as Blob;
  const steps = ["flip", "crop"].map((use) => ({ use, params: {} }));
  const batches = Array.from(
    { length: 200 },
    (_, i) => Uint32Array.from({ length: BATCH }, (_, j) => (i * BATCH + j * 7) % paths.length),
  );
  await using images = openImageWorkers({ worthwhile: 0 });
  for (const epoch of [0, 1]) {
    const start = performance.now();
    const options = { size: SIZE, batches, augmentations: steps, seed: 1, epoch };
    for await (const _ of images.batches(blob, options));
    if (epoch === 1) {
      report("draw batches with flip and crop", perSecond(200 * BATCH, (performance.now() - start) / 1000));
    }
  }
  await Deno.remove(path);
}

function benchAugmentations(packed: Uint8Array): void {
  const pixels = packed.subarray(0, SIZE * SIZE * 3);
  for (const { name, params, apply } of augmentations) {
    const defaults = params.parse({});
    const always = "p" in defaults ? { ...defaults, p: 1 } : defaults;
    const run = (): void => void apply({ width: SIZE, height: SIZE, data: pixels.slice() }, always, random(counter++));
    let counter = 0;
    for (let i = 0; i < 500; i++) run();
    const start = performance.now();
    for (let i = 0; i < 1500; i++) run();
    report(`  ${name}`, perSecond(1500, (performance.now() - start) / 1000));
  }
}

const packed = new Uint8Array(paths.length * SIZE * SIZE * 3);
await benchPrepare(packed);
await benchBatches(packed);
report(`augmentations at ${SIZE} x ${SIZE}, one thread`, "");
benchAugmentations(packed);
