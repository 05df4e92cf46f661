/** Tables of faces are written and read in pieces, whatever is in them. */
import assert from "node:assert/strict";
import type { Blob, BlobWriter } from "../../lib/contracts/store.ts";
import { readRows, writeRows } from "../../lib/stages/_json_rows.ts";
import { type FaceRow, packedFaces } from "../../lib/stages/_tables.ts";
import { memoryStore } from "../../runners/stores/memory.ts";

/** Strings that look like the ends of rows, and others that are longer in bytes than in characters. */
const NAMES = ['"},{"', "\\", '\\"}', "}{][", "é🙂", "\u0000", "plain"];

/** Some 300 bytes a row. */
function rowsOf(count: number): FaceRow[] {
  return Array.from({ length: count }, (_, i) => ({
    file: `${i}/${NAMES[i % NAMES.length]}.jpg`,
    age: i % 90,
    groups: { name: NAMES[(i + 1) % NAMES.length].repeat(1 + i % 40) },
    split: i % 3 === 0 ? "test" : "train",
    digest: "0123456789abcdef".repeat(4),
  }));
}

async function stored(rows: readonly FaceRow[]): Promise<Blob> {
  const store = memoryStore();
  return (await store.open((await writeRows(rows, await store.writer())).digest))!;
}

/** The table in slices of at most a mebibyte; `taken` holds their lengths. */
function inSlicesOnly(table: Blob, taken: number[]): Blob {
  const refuse = (): never => assert.fail("the whole table was asked for");
  const slice = (offset: number, length: number): Promise<Uint8Array> => {
    taken.push(length);
    return table.slice(offset, length);
  };
  return { ...table, bytes: refuse, text: refuse, slice };
}

for (const count of [0, 1, 999, 1000, 1001, 4000]) {
  Deno.test(`${count} rows have the bytes of JSON.stringify and are read back`, async () => {
    const rows = rowsOf(count);
    const table = await stored(rows);
    assert.equal(await table.text(), JSON.stringify(rows));
    assert.deepEqual(await Array.fromAsync(readRows<FaceRow>(table)), rows);
  });
}

Deno.test("a row longer than a piece is read whole", async () => {
  const [row] = rowsOf(1);
  const rows = [row, { ...row, groups: { note: "}{é".repeat(300_000) } }, row];
  assert.deepEqual(await Array.fromAsync(readRows<FaceRow>(await stored(rows))), rows);
});

Deno.test("a long table is read in pieces, and no further than it is used", async () => {
  const taken: number[] = [];
  const table = inSlicesOnly(await stored(rowsOf(6000)), taken);
  const rows = readRows<FaceRow>(table);
  assert.equal((await rows.next()).value!.file, rowsOf(1)[0].file);
  assert.equal(taken.length, 1);
  assert.ok(taken[0] < table.size / 4);
  assert.equal((await Array.fromAsync(rows)).length, 5999);
  assert.ok(taken.every((length) => length === taken[0]));
});

Deno.test("a long table is written in pieces", async () => {
  const lengths: number[] = [];
  const writer: BlobWriter = {
    write: (bytes) => Promise.resolve(void lengths.push(bytes.length)),
    close: () => Promise.resolve({ digest: "", size: 0 }),
    abort: () => Promise.resolve(),
  };
  await writeRows(rowsOf(6000), writer);
  const size = lengths.reduce((sum, length) => sum + length, 0);
  assert.ok(Math.max(...lengths) < size / 4);
});

Deno.test("faces without an image are passed over, and the others know their rows", async () => {
  const taken: number[] = [];
  const table = inSlicesOnly(await stored(rowsOf(6)), taken);
  const faces = await Array.fromAsync(packedFaces(table, { size: 8, faces: [1, 2, 5] }));
  const rows = rowsOf(6);
  assert.deepEqual(faces.map(({ file, row }) => [file, row]), [[rows[1].file, 0], [rows[2].file, 1], [
    rows[5].file,
    2,
  ]]);
  assert.deepEqual(faces.map(({ age }) => age), [1, 2, 5]);
});
