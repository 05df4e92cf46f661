/** Exported models are opened in the forms that the native provider computes fastest, any other file as it is. */
import assert from "node:assert/strict";
import { tensor, toNumbers } from "../../../lib/base/tensor.ts";
import { decodeModel } from "../../../lib/graph/decode.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { createBuilder } from "../../../lib/ops/builder.ts";
import { prelu, reduceMean } from "../../../lib/ops/emit.ts";
import { fastModel } from "../../../runners/providers/fast_model.ts";
import { createProvider } from "../../../runners/providers/mod.ts";

const CHANNELS = 32;

function bentImages(metadata: Record<string, string>): Uint8Array {
  const builder = createBuilder();
  const image = builder.input("image", "float32", ["N", CHANNELS, 2, 2]);
  const slopes = Float32Array.from({ length: CHANNELS }, (_, i) => (i - 8) / 8);
  const bent = prelu(image, builder.constant(tensor("float32", [CHANNELS, 1, 1], slopes), "slopes"));
  builder.output("age", reduceMean(bent, [2, 3], false));
  return encodeModel(builder.finish({ metadata }));
}

Deno.test("cpu: an exported model takes any batch in its fast form, and gives the same", async () => {
  const provider = createProvider("cpu");
  const model = bentImages({ "ageline.size": "2" });
  const fast = await fastModel(model, provider);
  assert.ok(!decodeModel(fast).nodes.some(({ op }) => op === "PRelu"));
  await using wanted = await provider.open(model);
  await using session = await provider.open(fast);
  for (const batch of [1, 3]) {
    const data = Float32Array.from({ length: batch * CHANNELS * 4 }, (_, i) => Math.sin(i));
    const image = { type: "float32", dims: [batch, CHANNELS, 2, 2], data } as const;
    const [plain, got] = [(await wanted.run({ image })).age, (await session.run({ image })).age];
    assert.deepEqual(got.dims, [batch, CHANNELS]);
    const apart = toNumbers(plain).map((value, i) => Math.abs(value - toNumbers(got)[i]));
    assert.ok(Math.max(...apart) < 1e-5);
  }
});

Deno.test("files of others, and other providers, keep their bytes", async () => {
  const foreign = bentImages({});
  assert.equal(await fastModel(foreign, createProvider("cpu")), foreign);
  const own = bentImages({ "ageline.size": "2" });
  assert.equal(await fastModel(own, createProvider("wasm")), own);
  const noise = Uint8Array.of(255, 255, 255);
  assert.equal(await fastModel(noise, createProvider("cpu")), noise);
});
