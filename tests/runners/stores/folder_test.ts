import assert from "node:assert/strict";
import { digestBytes } from "../../../lib/base/digest.ts";
import { folderStore } from "../../../runners/stores/folder.ts";
import { bytesOf, outcomeOf, storeContract } from "./_contract.ts";

const KEY = "a".repeat(64);

storeContract("folder store", () => folderStore({ folder: Deno.makeTempDirSync() }));

/** A store with one remembered outcome, and what it warned of. */
async function filled() {
  const folder = Deno.makeTempDirSync();
  const warnings: string[] = [];
  const open = () => folderStore({ folder, warn: (message) => warnings.push(message) });
  const store = open();
  const outcome = await outcomeOf(store, "weights");
  await store.remember(KEY, outcome);
  const { digest } = outcome.outputs.weights;
  const blob = `${folder}/blobs/${digest.slice(0, 2)}/${digest}`;
  const record = `${folder}/records/${KEY.slice(0, 2)}/${KEY}.json`;
  return { folder, warnings, open, outcome, digest, blob, record };
}

Deno.test("another process finds what one has stored", async () => {
  const { open, outcome } = await filled();
  assert.deepEqual(await open().recall(KEY), outcome);
});

for (
  const [how, damage] of [
    ["cut short", (path: string) => Deno.truncateSync(path, 3)],
    ["changed in one byte", (path: string) => Deno.writeFileSync(path, bytesOf("wEights"))],
    ["deleted", (path: string) => Deno.removeSync(path)],
  ] as const
) {
  Deno.test(`bytes that were ${how} are noticed, said, and not recalled`, async () => {
    const { blob, open, warnings, digest } = await filled();
    damage(blob);
    assert.equal(await open().recall(KEY), undefined);
    assert.match(warnings.join(), /"train\/weights" is (damaged|absent)/);
    assert.equal(await open().open(digest), undefined);
  });
}

Deno.test("a change that hides behind the old time is found when the bytes are opened", async () => {
  const { blob, open, warnings, digest } = await filled();
  const { mtime, atime } = Deno.statSync(blob);
  Deno.writeFileSync(blob, bytesOf("wEights"));
  Deno.utimeSync(blob, atime!, mtime!);
  assert.equal(await open().open(digest), undefined);
  assert.match(warnings.join(), /are damaged/);
  assert.equal(await open().recall(KEY), undefined);
});

Deno.test("bytes that were only touched stay good", async () => {
  const { blob, open, outcome, warnings } = await filled();
  Deno.utimeSync(blob, new Date(), new Date());
  assert.deepEqual(await open().recall(KEY), outcome);
  assert.deepEqual(warnings, []);
});

Deno.test("damaged bytes are made good by putting them again", async () => {
  const { blob, open } = await filled();
  Deno.writeFileSync(blob, bytesOf("wEights"));
  await open().put(bytesOf("weights"));
  assert.equal(Deno.readTextFileSync(blob), "weights");
});

Deno.test("a record that does not hold what was written is noticed, said and dropped", async () => {
  const { record, open, warnings, outcome } = await filled();
  for (
    const junk of ["", "{", "null", '{"outcome":{},"check":"x"}', Deno.readTextFileSync(record).replace("2.5", "2.6")]
  ) {
    Deno.writeTextFileSync(record, junk);
    assert.equal(await open().recall(KEY), undefined);
    assert.throws(() => Deno.statSync(record), Deno.errors.NotFound);
  }
  assert.equal(warnings.length, 5);
  const store = open();
  await store.remember(KEY, outcome);
  assert.deepEqual(await store.recall(KEY), outcome);
});

Deno.test("a torn checkpoint is noticed and reads as absent", async () => {
  const { folder, open, warnings } = await filled();
  const other = "b".repeat(64);
  await open().scratch(other).write("state", bytesOf("a long state"));
  Deno.truncateSync(`${folder}/scratch/${other}/state`, 70);
  assert.equal(await open().scratch(other).read("state"), undefined);
  assert.match(warnings.join(), /"state" is damaged/);
});

Deno.test("junk in the folder disturbs nothing", async () => {
  const { folder, open, outcome } = await filled();
  Deno.writeTextFileSync(`${folder}/records/aa/junk`, "x");
  Deno.writeTextFileSync(`${folder}/blobs/junk`, "x");
  Deno.mkdirSync(`${folder}/latest/coral`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/latest/coral/train`, "no key");
  const store = open();
  assert.deepEqual(await store.recall(KEY), outcome);
  assert.equal(await store.latest("coral", "train"), undefined);
});

Deno.test("nothing unfinished lies where results are looked for", async () => {
  const { folder, open } = await filled();
  const writer = await open().writer();
  await writer.write(bytesOf("half"));
  const names = [...Deno.readDirSync(`${folder}/blobs`)].flatMap((
    { name },
  ) => [...Deno.readDirSync(`${folder}/blobs/${name}`)]);
  assert.deepEqual(names.map(({ name }) => name), [digestBytes(bytesOf("weights"))]);
  await writer.abort();
  assert.deepEqual([...Deno.readDirSync(`${folder}/tmp`)], []);
});

Deno.test("a scratch name cannot leave its folder", async () => {
  const { open } = await filled();
  assert.throws(() => open().scratch(KEY).write("../x", bytesOf("x")), /use letters, digits/);
});

Deno.test("what a full disk did not take leaves nothing behind, and can still be thrown away", async () => {
  const { folder, open } = await filled();
  const openSync = Deno.openSync;
  const store = open();
  try {
    Deno.openSync = (...args) => {
      const write = () => Promise.reject(new Error("No space left on device"));
      return Object.assign(openSync(...args), { write });
    };
    await assert.rejects(store.put(bytesOf("too much")), /No space left/);
    const writer = await store.writer();
    await assert.rejects(writer.write(bytesOf("too much")), /No space left/);
    await writer.abort();
  } finally {
    Deno.openSync = openSync;
  }
  assert.deepEqual([...Deno.readDirSync(`${folder}/tmp`)], []);
});
