/** How gradients are written, and their values where the samples of the rules do not reach: ties, repeated indices. */
import assert from "node:assert/strict";
import { tensor } from "../../lib/base/tensor.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { int, ints, string } from "../../lib/graph/graph.ts";
import * as op from "../../lib/ops/emit.ts";
import { gradientAt, gradientOperators, vector } from "./_gradient.ts";

const halves = (x: Value): Value => op.maxPool(x, { kernel: 2, stride: 2 });

Deno.test("a maximum that several elements reach is shared between them", () => {
  assert.deepEqual(gradientAt([1, 1, 2, 2], [3, 3, 1, 3], halves), [1 / 3, 1 / 3, 0, 1 / 3]);
  assert.deepEqual(gradientAt([1, 1, 2, 2], [1, 2, 3, 4], halves), [0, 0, 0, 1]);
});

Deno.test("padding never wins a maximum, not even over negative or zero values", () => {
  const pool = (x: Value): Value => op.maxPool(x, { kernel: 3, stride: 2, padding: 1 });
  assert.deepEqual(gradientAt([1, 1, 2, 2], [-5, -7, -6, -8], pool), [1, 0, 0, 0]);
  assert.deepEqual(gradientAt([1, 1, 2, 2], [0, 0, 0, 0], pool), [0.25, 0.25, 0.25, 0.25]);
});

Deno.test("overlapping maxima add up", () => {
  const pool = (x: Value): Value => op.maxPool(x, { kernel: [1, 2], stride: 1 });
  assert.deepEqual(gradientAt([1, 1, 1, 4], [1, 5, 2, 3], pool), [0, 2, 0, 1]);
});

Deno.test("the gradient of MaxPool needs neither indices nor grouped convolutions", () => {
  const operators = gradientOperators([["N", 2, 4, 4]], ([x]) => halves(x));
  assert.deepEqual(operators, ["Cast", "Conv", "ConvTranspose", "Div", "Equal", "Mul", "ReduceSum", "Reshape"]);
});

Deno.test("the gradient of a convolution in its input is one transposed convolution", () => {
  const shapes = [["N", 3, 7, 7], [4, 3, 3, 3]];
  const operators = gradientOperators(shapes, ([x, w]) => op.conv(x, w, null, { stride: 2, padding: 1 }));
  assert.deepEqual(operators, ["ConvTranspose"]);
});

Deno.test("the gradient of a convolution in its weight is one convolution between transposes", () => {
  const shapes = [[4, 3, 3, 3], ["N", 3, 8, 8]];
  const operators = gradientOperators(shapes, ([w, x]) => op.conv(x, w, null, { stride: 2, padding: 1 }));
  assert.deepEqual(operators, ["Conv", "Transpose"]);
});

Deno.test("what no window reaches has no gradient", () => {
  const dx = gradientAt([1, 1, 5], [1, 2, 3, 4, 5], (x) => {
    const weight = x.builder.constant(tensor("float32", [1, 1, 2], [10, 20]));
    return x.builder.emit("Conv", [x, weight], { strides: ints([3]) })[0];
  });
  assert.deepEqual(dx, [10, 20, 0, 10, 20]);
});

Deno.test("the gradient of a product with a matrix joins the batch into one product", () => {
  const shapes = [[5, 4], ["N", 3, 5]];
  assert.deepEqual(gradientOperators(shapes, ([w, x]) => op.matmul(x, w)), ["Gemm", "Reshape"]);
});

Deno.test("rows that are gathered twice get both gradients", () => {
  const dx = gradientAt([3, 2], [1, 2, 3, 4, 5, 6], (x) => op.gather(x, vector(x, [2, 0, -1])));
  assert.deepEqual(dx, [1, 1, 0, 0, 2, 2]);
});

Deno.test("a constant run of rows is put back by padding, others are scattered", () => {
  const form = (rows: readonly number[]) => gradientOperators([[4, 3]], ([x]) => op.gather(x, vector(x, rows)));
  assert.deepEqual(form([1, 2]), ["Pad"]);
  assert.ok(form([2, 1]).includes("ScatterND"));
});

Deno.test("repeated images are summed by pooling, others by matrices", () => {
  const resize = (x: Value, mode: string): Value => {
    const scales = x.builder.constant(tensor("float32", [4], [1, 1, 2, 3]));
    const attrs = {
      mode: string(mode),
      coordinate_transformation_mode: string("asymmetric"),
      nearest_mode: string("floor"),
    };
    return x.builder.emit("Resize", [x, null, scales], attrs)[0];
  };
  assert.deepEqual(gradientOperators([[1, 2, 4, 4]], ([x]) => resize(x, "nearest")), ["AveragePool", "Mul"]);
  assert.deepEqual(gradientOperators([[1, 2, 4, 4]], ([x]) => resize(x, "linear")), ["MatMul"]);
});

Deno.test("letters that Einsum only sums over get the gradient repeated", () => {
  const dx = gradientAt([2, 2], [1, 2, 3, 4], (x) => op.einsum("ij->i", [x]));
  assert.deepEqual(dx, [1, 1, 1, 1]);
});

Deno.test("a power of exponent 0 has no gradient, at 0 neither", () => {
  assert.deepEqual(gradientAt([4], [0, 1, -1, 2], (x) => op.pow(x, 0)).map(Math.abs), [0, 0, 0, 0]);
  const dx = gradientAt([3], [0, 0, 2], (x) => op.pow(x, x.builder.constant(tensor("float32", [3], [0, 1, 3]))));
  assert.deepEqual(dx, [0, 1, 12]);
});

Deno.test("TopK hands its gradient to the elements that it took", () => {
  const dx = gradientAt([4], [3, 9, 9, 1], (x) => {
    return x.builder.emit("TopK", [x, vector(x, [2])], { largest: int(1) }, { outputs: 2 })[0];
  });
  assert.deepEqual(dx, [0, 1, 1, 0]);
});
