/** What every store must do, whatever it is made of. */
import assert from "node:assert/strict";
import { digestBytes } from "../../../lib/base/digest.ts";
import type { Outcome, Store } from "../../../lib/contracts/store.ts";

const KEY = "a".repeat(64);
const OTHER = "b".repeat(64);

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function outcomeOf(store: Store, text: string): Promise<Outcome> {
  return { stage: "train", outputs: { weights: await store.put(bytesOf(text)) }, recipe: { version: 1 }, seconds: 2.5 };
}

/** Registers the suite for a kind of store; `open` gives an empty one each time. */
export function storeContract(kind: string, open: () => Store): void {
  Deno.test(`${kind}: what is put is opened, whole and in pieces`, async () => {
    const store = open();
    const ref = await store.put(bytesOf("some bytes"));
    assert.deepEqual(ref, { digest: digestBytes(bytesOf("some bytes")), size: 10 });
    const blob = (await store.open(ref.digest))!;
    assert.equal(await blob.text(), "some bytes");
    assert.deepEqual(await blob.bytes(), bytesOf("some bytes"));
    assert.deepEqual(await blob.slice(5, 3), bytesOf("byt"));
    assert.deepEqual(await blob.slice(8, 30), bytesOf("es"));
    assert.deepEqual([blob.size, blob.digest], [10, ref.digest]);
  });

  Deno.test(`${kind}: a writer's pieces make one blob, an aborted one none`, async () => {
    const store = open();
    const writer = await store.writer();
    const piece = bytesOf("one ");
    await writer.write(piece);
    piece.fill(0);
    await writer.write(bytesOf("two"));
    const ref = await writer.close();
    assert.equal(ref.digest, digestBytes(bytesOf("one two")));
    assert.equal(await (await store.open(ref.digest))!.text(), "one two");
    const aborted = await store.writer();
    await aborted.write(bytesOf("gone"));
    await aborted.abort();
    assert.equal(await store.open(digestBytes(bytesOf("gone"))), undefined);
  });

  Deno.test(`${kind}: nothing is there before it was put`, async () => {
    const store = open();
    assert.equal(await store.open(KEY), undefined);
    assert.equal(await store.recall(KEY), undefined);
    assert.equal(await store.latest("coral", "train"), undefined);
    assert.equal(await store.scratch(KEY).read("state"), undefined);
  });

  Deno.test(`${kind}: an outcome is recalled under its key alone`, async () => {
    const store = open();
    const outcome = await outcomeOf(store, "w");
    await store.remember(KEY, outcome);
    assert.deepEqual(await store.recall(KEY), outcome);
    assert.equal(await store.recall(OTHER), undefined);
  });

  Deno.test(`${kind}: an outcome whose bytes were never stored is not recalled`, async () => {
    const store = open();
    const outputs = { weights: { digest: OTHER, size: 4 } };
    await store.remember(KEY, { stage: "train", outputs, recipe: {}, seconds: 1 });
    assert.equal(await store.recall(KEY), undefined);
  });

  Deno.test(`${kind}: the latest outcome is the one marked last, by pipeline and stage`, async () => {
    const store = open();
    const first = await outcomeOf(store, "first");
    const second = await outcomeOf(store, "second");
    await store.remember(KEY, first);
    await store.remember(OTHER, second);
    assert.equal(await store.latest("coral", "train"), undefined);
    await store.mark("coral", "train", KEY);
    await store.mark("corn", "train", OTHER);
    assert.deepEqual(await store.latest("coral", "train"), first);
    await store.mark("coral", "train", OTHER);
    assert.deepEqual(await store.latest("coral", "train"), second);
    assert.equal(await store.latest("coral", "export"), undefined);
  });

  Deno.test(`${kind}: scratch is kept by key, replaced whole, and gone with the outcome`, async () => {
    const store = open();
    const scratch = store.scratch(KEY);
    await scratch.write("state", bytesOf("1"));
    await scratch.write("state", bytesOf("22"));
    await store.scratch(OTHER).write("state", bytesOf("other"));
    assert.deepEqual(await store.scratch(KEY).read("state"), bytesOf("22"));
    await store.remember(KEY, await outcomeOf(store, "w"));
    assert.equal(await store.scratch(KEY).read("state"), undefined);
    assert.deepEqual(await store.scratch(OTHER).read("state"), bytesOf("other"));
    await store.scratch(OTHER).clear();
    assert.equal(await store.scratch(OTHER).read("state"), undefined);
  });
}
