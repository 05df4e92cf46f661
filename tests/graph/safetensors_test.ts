import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { tensor } from "../../lib/base/tensor.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/graph/safetensors.ts";

const weights = {
  "b.bias": tensor("float32", [3], [1, -2.5, 3]),
  "a.mask": tensor("bool", [1], [1]),
  "a.count": tensor("int64", [], [7]),
  "a.half": tensor("float16", [2], [0.5, 65504]),
  "a.empty": tensor("float32", [0, 4], []),
};

Deno.test("safetensors give back what was written", () => {
  const back = decodeSafetensors(encodeSafetensors(weights, { epoch: "3" }));
  assert.deepEqual(back.weights, weights);
  assert.deepEqual(back.metadata, { epoch: "3" });
});

Deno.test("safetensors bytes do not depend on the order of keys", () => {
  const reversed = Object.fromEntries(Object.entries(weights).reverse());
  const one = encodeSafetensors(weights, { x: "1", y: "2" });
  assert.deepEqual(encodeSafetensors(reversed, { y: "2", x: "1" }), one);
});

Deno.test("safetensors read an unaligned buffer", () => {
  const bytes = encodeSafetensors(weights);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assert.deepEqual(decodeSafetensors(shifted.subarray(1)).weights["b.bias"], weights["b.bias"]);
});

/** A file of this header text, followed by `size` zero bytes. */
function file(header: string, size: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

Deno.test("safetensors refuse what is no whole file", async (t) => {
  const whole = encodeSafetensors(weights);
  const wrong: Record<string, [Uint8Array, RegExp]> = {
    empty: [new Uint8Array(0), /0 bytes/],
    "cut off": [whole.subarray(0, whole.length - 1), /lie at|take/],
    "too long": [Uint8Array.of(...whole, 0), /follow the header/],
    "header beyond the end": [whole.subarray(0, 20), /header should take/],
    "something else": [new TextEncoder().encode("a table, say"), /does not begin with .*; name a safetensors file$/],
    "no JSON": [file("{nonsense", 0), /no JSON object/],
    "an array": [file("[]", 0), /no JSON object/],
    bfloat16: [
      file(`{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}`, 2),
      /type BF16, .*; save it in float32$/,
    ],
    "negative length": [file(`{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4), /no shape/],
    "offsets of another size": [file(`{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), /8 bytes/],
    overlapping: [
      file(
        `{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`,
        4,
      ),
      /starts at byte 1/,
    ],
    "metadata of numbers": [file(`{"__metadata__":{"x":1}}`, 0), /metadata/],
  };
  for (const [name, [bytes, message]] of Object.entries(wrong)) {
    await t.step(name, () => {
      assert.throws(
        () => decodeSafetensors(bytes),
        (error) => error instanceof UserError && message.test(error.message),
      );
    });
  }
});
