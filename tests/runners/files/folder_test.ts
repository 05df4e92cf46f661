import assert from "node:assert/strict";
import { digestBytes } from "../../../lib/base/digest.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { folderFiles } from "../../../runners/files/folder.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LONG_AGO = new Date("2020-01-01T00:00:00Z");

/** A folder of three files that have not changed for long, and a cache beside it. */
function made() {
  const root = Deno.realPathSync(Deno.makeTempDirSync());
  const folder = `${root}/data`;
  Deno.mkdirSync(`${folder}/sub`, { recursive: true });
  for (const name of ["b.txt", "a.txt", "sub/c.txt"]) write(`${folder}/${name}`, name);
  const open = (now = Date.now) => folderFiles({ folder, cache: `${root}/cache`, now });
  return { root, folder, open };
}

function write(path: string, text: string, time = LONG_AGO): void {
  Deno.writeTextFileSync(path, text);
  Deno.utimeSync(path, time, time);
}

Deno.test("files are listed below the folder, in the order of their paths, with sizes", async () => {
  const { open, folder } = made();
  const files = open();
  assert.deepEqual((await files.list()).map(({ path, size }) => [path, size]), [["a.txt", 5], ["b.txt", 5], [
    "sub/c.txt",
    9,
  ]]);
  assert.equal(files.folder, folder);
  assert.equal(await files.readText("sub/c.txt"), "sub/c.txt");
  assert.equal(await files.digest("a.txt"), digestBytes(bytes("a.txt")));
});

Deno.test("nothing outside the folder is read", async () => {
  const { root, folder, open } = made();
  write(`${root}/secret`, "secret");
  Deno.symlinkSync(`${root}/secret`, `${folder}/link`);
  Deno.symlinkSync("a.txt", `${folder}/good`);
  for (const path of ["../secret", "sub/../../secret", `${root}/secret`, "link", "..\\secret", "C:/secret"]) {
    await assert.rejects(open().read(path), UserError, path);
    await assert.rejects(open().digest(path), UserError, path);
  }
  assert.equal(await open().readText("good"), "a.txt");
});

Deno.test("a link that leads out is listed, so that the run can say so, but its content counts for nothing", async () => {
  const { root, folder, open } = made();
  write(`${root}/secret`, "secret");
  Deno.symlinkSync(`${root}/secret`, `${folder}/link`);
  assert.ok((await open().list()).some(({ path, size }) => path === "link" && size === 0));
  const before = await open().fingerprint();
  write(`${root}/secret`, "another");
  assert.equal(await open().fingerprint(), before);
});

Deno.test("files that nobody can read are not taken for one and the same", async () => {
  const { folder, open } = made();
  Deno.symlinkSync("nothing", `${folder}/dead`);
  Deno.symlinkSync("/etc/hostname", `${folder}/out`);
  const files = open();
  await files.fingerprint();
  assert.notEqual(await files.digest("dead"), await files.digest("out"));
});

Deno.test({
  name: "a file whose name is not UTF-8 is listed like one that cannot be read; a folder with such a name is refused",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { folder, open } = made();
    await shell("touch \"$0/$(printf 'caf\\351.jpg')\"", folder);
    const listed = await open().list();
    assert.deepEqual(listed.map(({ path }) => path), ["a.txt", "b.txt", "caf\ufffd.jpg", "sub/c.txt"]);
    assert.match(await open().fingerprint(), /^[0-9a-f]{64}$/);
    await shell("mkdir \"$0/$(printf 'caf\\351')\"", folder);
    await assert.rejects(open().list(), /name is not text in UTF-8, rename the folder/);
  },
});

async function shell(line: string, folder: string): Promise<void> {
  const { success } = await new Deno.Command("sh", { args: ["-c", line, folder] }).output();
  assert.ok(success);
}

Deno.test("a folder that is not there, and files that cannot be read, are the user's to mend", async () => {
  const { root, open } = made();
  await assert.rejects(folderFiles({ folder: `${root}/none` }).list(), /no such folder/);
  await assert.rejects(open().read("none.txt"), /no such file/);
  await assert.rejects(open().read("sub"), /it is a folder/);
});

Deno.test("the fingerprint changes with names and contents, not with times", async () => {
  const { folder, open } = made();
  const first = await open().fingerprint();
  Deno.utimeSync(`${folder}/a.txt`, new Date(), new Date());
  assert.equal(await open().fingerprint(), first);
  write(`${folder}/a.txt`, "A.txt", new Date("2021-01-01"));
  const changed = await open().fingerprint();
  Deno.renameSync(`${folder}/b.txt`, `${folder}/d.txt`);
  const renamed = await open().fingerprint();
  Deno.removeSync(`${folder}/d.txt`);
  const removed = await open().fingerprint();
  assert.equal(new Set([first, changed, renamed, removed]).size, 4);
});

Deno.test("without a cache the fingerprint is the same", async () => {
  const { folder, open } = made();
  assert.equal(await folderFiles({ folder }).fingerprint(), await open().fingerprint());
});

Deno.test("a change is found even if size and time are those of before, while the file is young", async () => {
  const { folder, open } = made();
  const now = new Date();
  for (const time of [now, LONG_AGO]) {
    write(`${folder}/a.txt`, "old!!", time);
    const before = await open().fingerprint();
    write(`${folder}/a.txt`, "new!!", time);
    assert.notEqual(await open().fingerprint(), before);
  }
});

Deno.test("known files are not read again", async () => {
  const { folder, open } = made();
  const later = (): number => Date.now() + 10_000;
  await open(later).fingerprint();
  write(`${folder}/a.txt`, "A.txt", new Date("2021-01-01"));
  const read: string[] = [];
  const { openSync } = Deno;
  Deno.openSync = (path, options) => {
    read.push(String(path));
    return openSync(path, options);
  };
  try {
    await open(later).fingerprint();
  } finally {
    Deno.openSync = openSync;
  }
  assert.deepEqual(read.filter((path) => path.startsWith(folder)), [`${folder}/a.txt`]);
});

Deno.test("how a folder differs from an earlier state is counted", async () => {
  const { folder, open } = made();
  const before = await open().fingerprint();
  write(`${folder}/a.txt`, "changed", new Date("2021-01-01"));
  write(`${folder}/new1.txt`, "1");
  write(`${folder}/new2.txt`, "2");
  Deno.removeSync(`${folder}/b.txt`);
  assert.deepEqual(await open().changes(before), { added: 2, removed: 1, changed: 1 });
  assert.equal(await open().changes("f".repeat(64)), undefined);
});

Deno.test("a damaged memo is left out, and made again", async () => {
  const { root, open } = made();
  const before = await open().fingerprint();
  for (const { name, isFile } of Deno.readDirSync(`${root}/cache/files`)) {
    if (isFile) Deno.writeTextFileSync(`${root}/cache/files/${name}`, "junk\nmore");
  }
  assert.equal(await open().fingerprint(), before);
});

Deno.test("names with spaces, tabs and letters of any script are kept apart", async () => {
  const { folder, open } = made();
  for (const name of ["a b", "a\tb", "ä", "人"]) write(`${folder}/${name}`, name);
  await open().fingerprint();
  const files = open();
  await files.list();
  for (const name of ["a b", "a\tb", "ä", "人"]) assert.equal(await files.digest(name), digestBytes(bytes(name)));
});
