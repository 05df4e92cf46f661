import assert from "node:assert/strict";
import { Pieces } from "../../lib/stages/_pieces.ts";
import { memoryStore } from "../../runners/stores/memory.ts";

const KEY = "a".repeat(64);
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

async function joined(pieces: Pieces, store: ReturnType<typeof memoryStore>): Promise<number[]> {
  const { digest } = await pieces.joined(await store.writer());
  return [...await (await store.open(digest))!.bytes()];
}

Deno.test("a table goes on from the pieces that were written", async () => {
  const store = memoryStore();
  const first = await Pieces.open(store.scratch(KEY));
  await first.add(bytes(1, 2));
  await first.flush();
  await first.add(bytes(3));
  await first.add(bytes(4));
  await first.flush();
  await first.add(bytes(99));
  const second = await Pieces.open(store.scratch(KEY));
  assert.equal(second.length, 4);
  await second.add(bytes(5));
  assert.equal(second.length, 5);
  assert.deepEqual(await joined(second, store), [1, 2, 3, 4, 5]);
});

Deno.test("what follows a lost piece is made again", async () => {
  const store = memoryStore();
  const scratch = store.scratch(KEY);
  const first = await Pieces.open(scratch);
  for (const piece of [bytes(1, 2), bytes(3, 4), bytes(5, 6)]) {
    await first.add(piece);
    await first.flush();
  }
  await scratch.write("bytes-2", new Uint8Array());
  const second = await Pieces.open(scratch);
  assert.equal(second.length, 2);
  await second.add(bytes(3));
  await second.flush();
  await second.add(bytes(4, 5, 6, 7));
  assert.deepEqual(await joined(second, store), [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("nothing at all is an empty table", async () => {
  const store = memoryStore();
  assert.deepEqual(await joined(await Pieces.open(store.scratch(KEY)), store), []);
});
