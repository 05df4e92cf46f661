/** A zero Pad before a MaxPool, which the runtimes' optimizer would merge into it and so lose the zeros. */
import assert from "node:assert/strict";
import { tensor, toNumbers } from "../../../lib/base/tensor.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { createBuilder } from "../../../lib/ops/builder.ts";
import { maxPool, pad } from "../../../lib/ops/emit.ts";
import { createProvider } from "../../../runners/providers/mod.ts";
import { soundModel } from "../../../runners/providers/sound_model.ts";

function paddedPool(): Uint8Array {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [1, 1, 2, 2]);
  builder.output("y", maxPool(pad(x, [0, 0, 1, 1, 0, 0, 1, 1]), { kernel: 2, stride: 1 }));
  return encodeModel(builder.finish());
}

for (const name of ["cpu", "wasm"] as const) {
  Deno.test(`${name}: zeros that are padded take part in a maximum`, async () => {
    await using session = await createProvider(name).open(paddedPool());
    const { y } = await session.run({ x: tensor("float32", [1, 1, 2, 2], [-1, -2, -3, -4]) });
    assert.deepEqual([...toNumbers(y)].map((value) => value + 0), [0, 0, 0, 0, -1, 0, 0, 0, 0]);
  });
}

Deno.test("a model that no provider gets wrong is opened as it is, and so is one that cannot be read", () => {
  const builder = createBuilder();
  builder.output("y", maxPool(builder.input("x", "float32", [1, 1, 2, 2]), { kernel: 2 }));
  const model = encodeModel(builder.finish());
  assert.equal(soundModel(model, "cpu"), model);
  const noise = Uint8Array.of(255, 255, 255);
  assert.equal(soundModel(noise, "wasm"), noise);
  assert.throws(() => soundModel(noise, "webgpu"), { name: "UserError" });
});
