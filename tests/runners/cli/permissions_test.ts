import assert from "node:assert/strict";
import { childEnvironment, inputsOf, permissionFlags } from "../../../runners/cli/permissions.ts";
import { compile } from "../../pipeline/_doors.ts";

const DENO = { denoDir: "/deno", npmCache: "/deno/npm" };

Deno.test("the process that computes has no network, starts nothing, and writes to the cache alone", () => {
  const flags = permissionFlags("cpu", "/cache", ["/data"], DENO);
  assert.ok(flags.includes("--no-prompt"));
  assert.ok(flags.includes("--allow-write=/cache"));
  assert.ok(!flags.some((flag) => /net|run|import|all$|^-A/.test(flag)));
  const read = flags.find((flag) => flag.startsWith("--allow-read="))!;
  for (const path of ["/deno/npm", "/cache", "/data"]) assert.ok(read.split(/[=,]/).includes(path));
});

Deno.test("native code is for the provider that is native, from the package cache alone", () => {
  const ffi = (provider: "cpu" | "wasm" | "webgpu" | "auto") =>
    permissionFlags(provider, "/cache", [], DENO).filter((flag) => flag.startsWith("--allow-ffi"));
  assert.match(ffi("cpu")[0], /^--allow-ffi=.*,\/deno\/npm$/);
  assert.deepEqual([ffi("wasm"), ffi("webgpu")], [[], []]);
});

Deno.test("a comma in a path does not end it", () => {
  assert.ok(permissionFlags("wasm", "/my,cache", [], DENO).includes("--allow-write=/my,,cache"));
});

Deno.test("what a pipeline names on disk may be read", async () => {
  const split = "dataset: { split: { by: list, train: a.csv, test: b.csv } }";
  assert.deepEqual(inputsOf(await compile(`extends: base.yaml\n${split}`)), [
    "/home/faces",
    "/home/a.csv",
    "/home/b.csv",
  ]);
  assert.deepEqual(inputsOf(await compile("extends: base.yaml")), ["/home/faces"]);
});

Deno.test("the environment of the child holds what loaders need and nothing of the user's", () => {
  Deno.env.set("AGELINE_SECRET", "x");
  const environment = childEnvironment(DENO, "cpu");
  assert.equal(environment.AGELINE_SECRET, undefined);
  assert.equal(environment.DENO_DIR, "/deno");
  assert.equal(environment.GLIBC_TUNABLES, "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4194304");
  assert.equal(childEnvironment(DENO, "webgpu").GLIBC_TUNABLES, undefined);
});
