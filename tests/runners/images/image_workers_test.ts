/** The contract of the image door, tried in-process, with workers, and with workers that are handed bytes. */
import assert from "node:assert/strict";
import { z } from "zod";
import { augmentations } from "../../../lib/augmentations/mod.ts";
import type { Augmentation } from "../../../lib/contracts/data.ts";
import type { Files } from "../../../lib/contracts/files.ts";
import type { Blob } from "../../../lib/contracts/store.ts";
import type { Batch, BatchOptions, ImageWorkers } from "../../../lib/contracts/world.ts";
import { folderFiles } from "../../../runners/files/folder.ts";
import { type ImageWorkersOptions, openImageWorkers } from "../../../runners/images/image_workers.ts";

const FOLDER = new URL("../../../fixtures/images/decode", import.meta.url).pathname;
const SIZE = 12;
const ROW = SIZE * SIZE * 3;
const COUNT = 10;

/** Ten images of noise, of which the last two are the same. */
const PACKED = new Uint8Array(COUNT * ROW).map((_, i) => (i * 7919 + (i >> 5) * 104_729) & 0xFF);
PACKED.copyWithin(9 * ROW, 8 * ROW, 9 * ROW);

interface Setting {
  readonly name: string;
  readonly options: ImageWorkersOptions;
  files(): Files;
  packed(): Promise<Blob & AsyncDisposable>;
}

const SETTINGS: readonly Setting[] = [
  { name: "in-process", options: { threads: 0 }, files: onDisk, packed: inMemory },
  { name: "two workers", options: { threads: 2, worthwhile: 0 }, files: onDisk, packed: inFile },
  { name: "two workers without paths", options: { threads: 2, worthwhile: 0 }, files: byBytes, packed: inMemory },
];

function onDisk(): Files {
  return folderFiles({ folder: FOLDER });
}

/** The same files, from a door that does not tell where they lie and keeps what it gives. */
function byBytes(): Files {
  const files = onDisk();
  const kept = new Map<string, Promise<Uint8Array>>();
  return {
    list: () => files.list(),
    read: (path) => kept.get(path) ?? kept.set(path, files.read(path)).get(path)!,
    readText: (path) => files.readText(path),
    digest: (path) => files.digest(path),
    fingerprint: () => files.fingerprint(),
    changes: (since) => files.changes(since),
  };
}

function inMemory(): Promise<Blob & AsyncDisposable> {
  return Promise.resolve(blob(() => Promise.resolve()));
}

async function inFile(): Promise<Blob & AsyncDisposable> {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, PACKED);
  return { ...blob(() => Deno.remove(path)), path };
}

function blob(dispose: () => Promise<void>): Blob & AsyncDisposable {
  return {
    digest: "",
    size: PACKED.length,
    bytes: () => Promise.resolve(PACKED),
    text: () => Promise.resolve(""),
    slice: (offset, length) => Promise.resolve(PACKED.slice(offset, offset + length)),
    [Symbol.asyncDispose]: dispose,
  };
}

const ALL = augmentations.map(({ name, params }) => ({ use: name, params: params.parse({}) }));

function batchOptions(batches: readonly (readonly number[])[], more: Partial<BatchOptions> = {}): BatchOptions {
  const rows = batches.map((batch) => Uint32Array.from(batch));
  return { size: SIZE, batches: rows, augmentations: [], seed: 3, epoch: 0, ...more };
}

async function draw(images: ImageWorkers, packed: Blob, options: BatchOptions): Promise<readonly Batch[]> {
  return await Array.fromAsync(images.batches(packed, options));
}

/** Each row's image, whatever batches they came in. */
function byRow(batches: readonly Batch[]): Map<number, Batch["images"]> {
  const found = new Map<number, Batch["images"]>();
  for (const { images, rows } of batches) {
    rows.forEach((row, i) => found.set(row, images.slice(i * ROW, (i + 1) * ROW)));
  }
  return found;
}

/** Row r of the packed file as planes of floats. */
function planes(row: number): Float32Array {
  const pixels = PACKED.subarray(row * ROW, (row + 1) * ROW);
  return Float32Array.from({ length: ROW }, (_, i) => pixels[(i % (SIZE * SIZE)) * 3 + Math.floor(i / (SIZE * SIZE))]);
}

async function prepared(setting: Setting, paths: readonly string[]) {
  await using images = openImageWorkers(setting.options);
  return await Array.fromAsync(images.prepare(setting.files(), paths, { size: SIZE, maxPixels: 2000 }));
}

for (const setting of SETTINGS) {
  Deno.test(`${setting.name}: batches of bytes hold the numbers of those of floats`, async () => {
    await using packed = await setting.packed();
    await using images = openImageWorkers(setting.options);
    const asked = [[0, 3], [7, 1]];
    const floats = await draw(images, packed, batchOptions(asked, { augmentations: ALL }));
    const bytes = await draw(images, packed, batchOptions(asked, { augmentations: ALL, form: "uint8" }));
    for (const [i, batch] of bytes.entries()) {
      assert.ok(batch.images instanceof Uint8Array);
      assert.deepEqual(Array.from(batch.images), Array.from(floats[i].images));
      assert.ok(new Set(batch.images).size > 1);
    }
  });

  Deno.test(`${setting.name}: files come prepared in the order asked, with reasons in their places`, async () => {
    const good = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
    const paths = ["missing.jpg", ...good, "../decode.json", ...good.toReversed()];
    const results = await prepared(setting, paths);
    assert.deepEqual(results.map(({ path }) => path), paths);
    const unread = results.filter(({ pixels }) => pixels === undefined);
    assert.deepEqual(unread.map(({ path }) => path), ["missing.jpg", "../decode.json"]);
    assert.match(unread[1].reason!, /only files below/);
    assert.ok(results.every(({ pixels }) => pixels === undefined || pixels.data.length === ROW));
    assert.deepEqual(results.at(-1)!.pixels, results[1].pixels);
  });

  Deno.test(`${setting.name}: each file is aligned by its own landmarks`, async () => {
    await using images = openImageWorkers(setting.options);
    const shift = (by: number): number[] => [9, 9, 31, 9, 20, 13, 10, 20, 30, 20].map((place) => place + by);
    const landmarks = Array.from({ length: 40 }, (_, i) => (i === 17 ? null : shift(i / 10)));
    const paths = landmarks.map(() => "color.jpg");
    const results = await Array.fromAsync(images.prepare(setting.files(), paths, { size: SIZE, landmarks }));
    assert.match(results[17].reason!, /no landmarks/);
    const seen = new Set(results.flatMap(({ pixels }) => (pixels ? [pixels.data.join()] : [])));
    assert.equal(seen.size, 39);
    const last = images.prepare(setting.files(), ["color.jpg"], { size: SIZE, landmarks: [landmarks[39]] });
    assert.deepEqual((await Array.fromAsync(last))[0].pixels, results[39].pixels);
  });

  Deno.test(`${setting.name}: without augmentation a batch holds the packed bytes as planes`, async () => {
    await using images = openImageWorkers(setting.options);
    await using packed = await setting.packed();
    const batches = await draw(images, packed, batchOptions([[4, 0, 9], [9], [1, 1]]));
    assert.deepEqual(batches.map(({ rows }) => [...rows]), [[4, 0, 9], [9], [1, 1]]);
    assert.deepEqual(batches[0].images, Float32Array.from([4, 0, 9].flatMap((row) => [...planes(row)])));
    assert.deepEqual(batches[2].images, Float32Array.from([1, 1].flatMap((row) => [...planes(row)])));
    assert.ok(batches.every(({ waited }) => waited >= 0));
  });

  Deno.test(`${setting.name}: an augmented image depends on seed, epoch and row alone`, async () => {
    await using images = openImageWorkers(setting.options);
    await using packed = await setting.packed();
    const once = byRow(await draw(images, packed, batchOptions([[0, 1, 2, 3], [4, 5, 6, 7]], { augmentations: ALL })));
    const again = byRow(await draw(images, packed, batchOptions([[7], [3, 5], [0]], { augmentations: ALL })));
    for (const [row, image] of again) assert.deepEqual(image, once.get(row));
    const twins = byRow(await draw(images, packed, batchOptions([[8, 9]], { augmentations: ALL })));
    assert.notDeepEqual(twins.get(8), twins.get(9));
    for (const changed of [{ epoch: 1 }, { seed: 4 }]) {
      const other = byRow(await draw(images, packed, batchOptions([[0]], { augmentations: ALL, ...changed })));
      assert.notDeepEqual(other.get(0), once.get(0));
    }
  });

  Deno.test(`${setting.name}: a row outside the packed file is refused`, async () => {
    await using images = openImageWorkers(setting.options);
    await using packed = await setting.packed();
    await assert.rejects(draw(images, packed, batchOptions([[0], [COUNT]])), RangeError);
  });

  Deno.test(`${setting.name}: a consumer may leave early`, async () => {
    await using images = openImageWorkers(setting.options);
    await using packed = await setting.packed();
    for await (const { rows } of images.batches(packed, batchOptions([[0], [1], [2], [3]]))) {
      assert.deepEqual([...rows], [0]);
      break;
    }
    assert.equal((await draw(images, packed, batchOptions([[5]]))).length, 1);
  });

  Deno.test(`${setting.name}: a user's own augmentation is applied`, async () => {
    const invert: Augmentation<{ from: number }> = {
      name: "invert",
      about: "Negative.",
      params: z.strictObject({ from: z.number().default(255) }),
      apply: (image, { from }) => ({ ...image, data: image.data.map((level) => from - level) }),
    };
    const own = invert as Augmentation<unknown>;
    await using images = openImageWorkers({ ...setting.options, augmentations: [own, ...augmentations] });
    await using packed = await setting.packed();
    const [batch] = await draw(images, packed, batchOptions([[2]], { augmentations: [{ use: "invert", params: {} }] }));
    assert.deepEqual(batch.images, planes(2).map((level) => 255 - level));
  });
}

Deno.test("all settings give the same bytes", async () => {
  const results = [];
  for (const setting of SETTINGS) {
    await using images = openImageWorkers(setting.options);
    await using packed = await setting.packed();
    const batches = await draw(images, packed, batchOptions([[0, 1, 2], [3, 4], [9]], { augmentations: ALL }));
    const paths = (await setting.files().list()).map(({ path }) => path);
    results.push({ batches: batches.map(({ images }) => images), squares: await prepared(setting, paths) });
  }
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
});

Deno.test("workers draw ahead, but not without bound", async () => {
  await using images = openImageWorkers({ threads: 2, worthwhile: 0 });
  let read = 0;
  const counting = { ...await inMemory(), slice: countingSlice(() => read++) };
  const options = batchOptions(Array.from({ length: 50 }, () => [1]));
  const stream = images.batches(counting, options)[Symbol.asyncIterator]();
  await stream.next();
  assert.ok(read > 1 && read < 10, `${read} batches were begun for the first one`);
  await stream.return?.();
});

function countingSlice(count: () => void): Blob["slice"] {
  return (offset, length) => {
    count();
    return Promise.resolve(PACKED.slice(offset, offset + length));
  };
}

Deno.test("a slow consumer of prepared files is not run over", async () => {
  await using images = openImageWorkers({ threads: 2, worthwhile: 0 });
  let read = 0;
  const bytes = await Deno.readFile(`${FOLDER}/grey.jpg`);
  const files = { ...byBytes(), read: () => (read++, Promise.resolve(bytes)) };
  const paths = new Array<string>(1000).fill("grey.jpg");
  const stream = images.prepare(files, paths, { size: 4 })[Symbol.asyncIterator]();
  await stream.next();
  assert.ok(read > 16 && read < 300, `${read} files were read for the first one`);
  await stream.return?.();
});

Deno.test("a packed file that is gone fails the batch with its reason", async () => {
  await using images = openImageWorkers({ threads: 1, worthwhile: 0 });
  const gone = { ...await inMemory(), path: "/nowhere/packed" };
  await assert.rejects(draw(images, gone, batchOptions([[0]])), /nowhere/);
});

Deno.test("parameters are checked before anything is drawn", async () => {
  await using images = openImageWorkers({ threads: 0 });
  const wrong = { augmentations: [{ use: "flip", params: { p: 3 } }] };
  await assert.rejects(draw(images, await inMemory(), batchOptions([[0]], wrong)), /Too big/);
});
