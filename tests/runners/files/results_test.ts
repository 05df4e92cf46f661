import assert from "node:assert/strict";
import { resultsFolder } from "../../../runners/files/results.ts";
import { memoryStore } from "../../../runners/stores/memory.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function result(metrics: string, lock = "lock") {
  const store = memoryStore();
  const ref = await store.put(bytes(metrics));
  const open = async () => (await store.open(ref.digest))!;
  return { pipeline: "coral", files: { "metrics.json": { ...ref, open } }, texts: { "pipeline.lock": lock } };
}

Deno.test("a run has a folder of its own, and `latest` names the newest", async () => {
  const out = Deno.makeTempDirSync();
  const first = await resultsFolder(out).write(await result("{}", "one"));
  const second = await resultsFolder(`${out}/`).write(await result("{}", "two"));
  assert.equal(first.dir, `${out}/coral/${first.run}`);
  assert.ok(second.run > first.run);
  assert.equal(Deno.readTextFileSync(`${out}/coral/latest`).trim(), second.run);
  assert.equal(Deno.readTextFileSync(`${second.dir}/metrics.json`), "{}");
  assert.equal(Deno.readTextFileSync(`${first.dir}/pipeline.lock`), "one");
});

Deno.test("a run that is the newest again is named again, unless its files were taken away", async () => {
  const out = Deno.makeTempDirSync();
  const first = await resultsFolder(out).write(await result("{}"));
  const again = await resultsFolder(out).write(await result("{}"));
  assert.deepEqual(again, first);
  Deno.removeSync(`${first.dir}/metrics.json`);
  const third = await resultsFolder(out).write(await result("{}"));
  assert.notEqual(third.run, first.run);
});

Deno.test("a run that fails while it is written leaves nothing", async () => {
  const out = Deno.makeTempDirSync();
  const broken = await result("{}");
  broken.files["metrics.json"].open = () => Promise.reject(new Error("disk"));
  await assert.rejects(resultsFolder(out).write(broken), /disk/);
  assert.deepEqual([...Deno.readDirSync(`${out}/coral`)], []);
});

Deno.test("a run that began later but was written sooner stays the newest", async () => {
  const out = Deno.makeTempDirSync();
  Deno.mkdirSync(`${out}/coral`);
  Deno.writeTextFileSync(`${out}/coral/latest`, "99991231T000000000Z-ffff\n");
  await resultsFolder(out).write(await result("{}"));
  assert.equal(Deno.readTextFileSync(`${out}/coral/latest`), "99991231T000000000Z-ffff\n");
});
