/** On a software adapter products run in kernels of our own; they must be taken, and be right. */
import assert from "node:assert/strict";
import { random } from "../../../lib/base/random.ts";
import { sizeOf, type Tensor, type Tensors, toNumbers } from "../../../lib/base/tensor.ts";
import type { Value } from "../../../lib/contracts/op.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { createBuilder } from "../../../lib/ops/builder.ts";
import { cast, conv, gemm, matmul, relu } from "../../../lib/ops/emit.ts";
import { findAdapter, isSoftware } from "../../../runners/providers/adapter.ts";
import { createProvider } from "../../../runners/providers/mod.ts";
import { testUnless } from "../../_present.ts";
import { halfMissing } from "./_available.ts";
import { inRegisters } from "../../../runners/providers/product_shaders.ts";

/** Only kernels of our own name a sum so. */
const OWN = "var sum_0_0";

const adapter = navigator.gpu === undefined ? undefined : await findAdapter();
const software = adapter !== undefined && isSoftware(adapter);
const compiled: string[] = [];
if (software) listen();

/** Keeps the text of every kernel that the runtime compiles from now on. */
function listen(): void {
  const compile = GPUDevice.prototype.createShaderModule;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    compiled.push(descriptor.code);
    return compile.call(this, descriptor);
  };
}

const missing = software ? undefined : "this machine has no software adapter";
const noHalf = missing ?? await halfMissing(createProvider("webgpu"));

function test(name: string, fn: () => Promise<void>, half = false): void {
  testUnless(half ? noHalf : missing, name, fn);
}

function drawn(dims: readonly number[]): Tensor {
  const stream = random("product", ...dims);
  const data = Float32Array.from({ length: sizeOf(dims) }, () => 2 * stream.uniform() - 1);
  return { type: "float32", dims, data };
}

/** Largest difference to float64, and how many kernels of our own were compiled for it. */
async function judge(shapes: readonly number[][], make: (...values: Value[]) => Value): Promise<[number, number]> {
  const builder = createBuilder();
  builder.output("y", make(...shapes.map((shape, i) => builder.input(`x${i}`, "float32", shape))));
  const model = encodeModel(builder.finish());
  const before = compiled.length;
  const feeds: Tensors = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, drawn(shape)]));
  const made = await Promise.all((["webgpu", "reference"] as const).map(async (name) => {
    await using session = await createProvider(name).open(model);
    return toNumbers((await session.run(feeds)).y);
  }));
  const difference = Math.max(...made[0].map((value, i) => Math.abs(value - made[1][i])));
  return [difference, compiled.slice(before).filter((code) => code.includes(OWN)).length];
}

/** Rows, inner length and columns; whole tiles, parts of tiles, few rows. */
const SIZES = [[32, 64, 64], [16, 20, 40], [5, 12, 36], [40, 36, 20], [33, 4, 100]] as const;

for (const [rows, inner, columns] of SIZES) {
  test(`[${rows},${inner}] times [${inner},${columns}] is right, alone, in a batch, and transposed`, async () => {
    const b = [2, inner, columns];
    for (const a of [[rows, inner], [2, rows, inner]]) {
      const [difference, own] = await judge([a, b], (x, y) => matmul(x, y));
      assert.ok(difference < 1e-5, `it differs by ${difference}`);
      assert.equal(own, 1);
    }
    for (const [transA, transB] of [[false, false], [true, false], [false, true], [true, true]]) {
      const shapes = [transA ? [inner, rows] : [rows, inner], transB ? [columns, inner] : [inner, columns], [columns]];
      const [difference, own] = await judge(shapes, (x, y, z) => gemm(x, y, z, { transA, transB }));
      assert.ok(difference < 1e-5, `transposed ${transA}, ${transB} it differs by ${difference}`);
      assert.equal(own, transA && rows % 4 > 0 ? 0 : 1);
    }
  });
}

test("a convolution that is computed as a product is right", async () => {
  const [difference, own] = await judge([[2, 8, 7, 7], [16, 8, 3, 3]], (x, w) => conv(x, w, null));
  assert.ok(difference < 1e-5, `it differs by ${difference}`);
  assert.equal(own, 1);
});

test("products of half precision are right", async () => {
  const half = (x: Value): Value => cast(x, "float16");
  const [difference, own] = await judge([[32, 64], [64, 64]], (x, y) => cast(matmul(half(x), half(y)), "float32"));
  assert.ok(difference < 0.02, `it differs by ${difference}`);
  assert.equal(own, 1);
}, true);

test("other kernels stay as they are, ours among them", async () => {
  await judge([[32, 64], [64, 48]], (x, y) => matmul(x, y));
  await judge([[4, 6]], (x) => relu(x));
  for (const code of compiled) assert.equal(inRegisters(code), code);
});
