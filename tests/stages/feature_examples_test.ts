import assert from "node:assert/strict";
import { tensor } from "../../lib/base/tensor.ts";
import { random } from "../../lib/base/random.ts";
import { augmentations } from "../../lib/augmentations/mod.ts";
import { flip } from "../../lib/augmentations/flip.ts";
import type { Blob } from "../../lib/contracts/store.ts";
import type { ExampleBatch } from "../../lib/stages/_examples.ts";
import { featureExamples } from "../../lib/stages/_feature_examples.ts";
import { openFeatureTable } from "../../lib/stages/_feature_table.ts";
import { memoryStore } from "../../runners/stores/memory.ts";

const ROWS = 50;
const FEATURES = 2;
/** Row r has the features r, r + 0.25 as it is and -r, -r - 0.25 as its mirror image. */
const TABLE = Float32Array.from({ length: ROWS * 2 * FEATURES }, (_, i) => {
  const row = Math.floor(i / 4) + (i % 2) / 4;
  return i % 4 < 2 ? row : -row;
});

async function blobOf(): Promise<Blob> {
  const store = memoryStore();
  const { digest } = await store.put(new Uint8Array(TABLE.buffer));
  return (await store.open(digest))!;
}

async function examplesWith(use: readonly string[], mirror = false, blob?: Blob) {
  const table = await openFeatureTable(blob ?? await blobOf(), { rows: ROWS, views: 2, features: FEATURES });
  const augmentation = use.map((name) => ({ use: name, params: { p: 0.4 } }));
  return featureExamples({ table, augmentation, augmentations, seed: 5, mirror, now: () => 0 });
}

async function all(batches: AsyncIterable<ExampleBatch>): Promise<ExampleBatch[]> {
  return await Array.fromAsync(batches);
}

const BATCHES = [Uint32Array.of(3, 1, 49), Uint32Array.of(0, 7, 20)];

Deno.test("a batch that cannot be read while another is used is told where it is asked for", async () => {
  const blob: Blob = { ...await blobOf(), size: 2 ** 30 };
  const slice = (offset: number, length: number): Promise<Uint8Array> =>
    offset === 20 * 16 ? Promise.reject(new Error("the disk is gone")) : blob.slice(offset, length);
  const batches = (await examplesWith([], false, { ...blob, slice })).plain(BATCHES);
  const seen: number[][] = [];
  const use = async (): Promise<void> => {
    for await (const { rows } of batches) {
      seen.push([...rows]);
      await new Promise((done) => setTimeout(done, 5));
    }
  };
  await assert.rejects(use(), /the disk is gone/);
  assert.deepEqual(seen, [[3, 1, 49]]);
});

Deno.test("plain batches are the rows of the table, with the mirror images where they are wanted", async () => {
  const [first, second] = await all((await examplesWith(["flip"])).plain(BATCHES));
  assert.deepEqual(first.inputs, { features: tensor("float32", [3, 2], [3, 3.25, 1, 1.25, 49, 49.25]) });
  assert.deepEqual([...second.rows], [0, 7, 20]);
  const [both] = await all((await examplesWith([], true)).plain(BATCHES));
  assert.deepEqual(both.inputs["features/mirrored"], tensor("float32", [3, 2], [-3, -3.25, -1, -1.25, -49, -49.25]));
});

/** Whether `flip` turns an image of this row, seen by what it does to two pixels. */
function turned(row: number, epoch: number): boolean {
  const image = { width: 2, height: 1, data: Uint8Array.of(1, 1, 1, 2, 2, 2) };
  return flip.apply(image, { p: 0.4 }, random(5, epoch, row, 0, "flip")).data[0] === 2;
}

Deno.test("a row is mirrored in the epochs in which its image would be", async () => {
  const rows = Uint32Array.from({ length: ROWS - 1 }, (_, i) => i + 1);
  const examples = await examplesWith(["flip"]);
  let flipped = 0;
  for (const epoch of [0, 1, 2]) {
    const [{ inputs }] = await all(examples.training([rows], epoch));
    const signs = Array.from(rows, (_, i) => Math.sign(Number(inputs.features.data[i * FEATURES])));
    assert.deepEqual(signs, Array.from(rows, (row) => turned(row, epoch) ? -1 : 1));
    flipped += signs.filter((sign) => sign < 0).length;
  }
  assert.ok(flipped > 30 && flipped < 90, `${flipped} of 147`);
});

Deno.test("without augmentation nothing is mirrored", async () => {
  const [{ inputs }] = await all((await examplesWith([])).training([Uint32Array.of(8)], 3));
  assert.deepEqual([...inputs.features.data], [8, 8.25]);
});

Deno.test("of a table too large to hold only the rows of a batch are read", async () => {
  const blob = await blobOf();
  const reads: number[] = [];
  const large: Blob = {
    ...blob,
    size: 1e12,
    bytes: () => Promise.reject(new Error("too large")),
    slice: (offset, length) => {
      reads.push(length);
      return blob.slice(offset, length);
    },
  };
  const [{ inputs }] = await all((await examplesWith([], false, large)).plain([Uint32Array.of(9, 2)]));
  assert.deepEqual([...inputs.features.data], [9, 9.25, 2, 2.25]);
  assert.deepEqual(reads, [8, 8]);
});
