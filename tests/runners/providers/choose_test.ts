import assert from "node:assert/strict";
import config from "../../../deno.json" with { type: "json" };
import { findAdapter, isSoftware } from "../../../runners/providers/adapter.ts";
import { chooseProvider, createProvider, exhausted, processMemory } from "../../../runners/providers/mod.ts";
import { RUNTIME_VERSION } from "../../../runners/providers/runtime.ts";

const adapter = await findAdapter();
const software = adapter !== undefined && isSoftware(adapter);

Deno.test("auto takes a GPU only where it is no software adapter", async () => {
  const { provider, warnings } = await chooseProvider("auto");
  const native = await createProvider("cpu").unavailable() === undefined ? "cpu" : "wasm";
  assert.equal(provider.name, adapter === undefined || software ? native : "webgpu");
  assert.deepEqual(warnings, []);
});

Deno.test({
  name: software
    ? "A software adapter is taken by name, with a warning"
    : "Software adapter: skipped, there is none here",
  ignore: !software,
  fn: async () => {
    const { provider, warnings } = await chooseProvider("webgpu");
    assert.equal(provider.name, "webgpu");
    assert.equal(warnings.length, 1);
    assert.match(warnings[0], /is software/);
  },
});

Deno.test({
  name: adapter ? "webgpu without an adapter: skipped, there is one here" : "webgpu without an adapter is refused",
  ignore: adapter !== undefined,
  fn: () => assert.rejects(chooseProvider("webgpu"), /Cannot use the provider "webgpu": .*adapter/),
});

Deno.test("The stated version of the runtime is the pinned one", () => {
  const pins = Object.values(config.imports).filter((name) => name.startsWith("npm:onnxruntime-"));
  assert.equal(pins.length, 3);
  for (const pin of pins) assert.match(pin, new RegExp(`@${RUNTIME_VERSION}(/|$)`));
});

Deno.test("A process is exhausted when it holds more than its budget", () => {
  assert.ok(processMemory() > 1024 * 1024);
  assert.equal(exhausted("cpu", 1), true);
  assert.equal(exhausted("cpu", Number.MAX_SAFE_INTEGER), false);
  assert.equal(exhausted("cpu", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), true);
});
