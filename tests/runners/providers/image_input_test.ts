/** Images that enter a graph as bytes are the numbers that floats would be, on every provider. */
import assert from "node:assert/strict";
import { type Tensor, toNumbers } from "../../../lib/base/tensor.ts";
import { imageInput } from "../../../lib/compile/image_input.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { createBuilder } from "../../../lib/ops/builder.ts";
import { mul } from "../../../lib/ops/emit.ts";
import { testOnEach } from "./_available.ts";

await testOnEach("Bytes of images are numbers from 0 to 255", async (provider) => {
  for (const [batch, side] of [[3, 5], [2, 16]]) {
    const builder = createBuilder();
    builder.output("half", mul(imageInput(builder, batch, side, "uint8"), 0.5));
    await using session = await provider.open(encodeModel(builder.finish()));
    const data = Uint8Array.from({ length: batch * 3 * side * side }, (_, i) => i * 7);
    const image: Tensor = { type: "uint8", dims: [batch, 3, side, side], data };
    const { half } = await session.run({ image });
    assert.deepEqual(half.dims, [batch, 3, side, side]);
    assert.deepEqual([...toNumbers(half)], Array.from(data, (value) => value / 2));
  }
});
