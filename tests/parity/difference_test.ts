import assert from "node:assert/strict";
import type { DType } from "../../lib/base/tensor.ts";
import type { Numbers } from "../../lib/contracts/op.ts";
import { differenceOf } from "../../lib/parity/difference.ts";

const numbers = (values: readonly number[], type: DType = "float32"): Numbers => {
  return { type, dims: [values.length], data: Float64Array.from(values) };
};
const differs = (got: readonly number[], wanted: readonly number[], noise?: number, type?: DType): boolean =>
  differenceOf(numbers(got, type), numbers(wanted, type), 1e-3, noise).differs;

Deno.test("an element may be off by the tolerance of its size and of the mean size", () => {
  assert.equal(differs([1.0019, 1], [1, 1]), false);
  assert.equal(differs([1.0021, 1], [1, 1]), true);
  assert.equal(differs([0.0009, 2], [0, 2]), false, "an element that cancels is measured by the others");
  assert.equal(differs([0.0011, 2], [0, 2]), true);
  assert.equal(differs([1e-12, 1e-12], [0, 0]), true, "where everything cancels, only noise excuses");
  assert.equal(differs([1e-12, 1e-12], [0, 0], 1e-11), false);
});

Deno.test("integers and bools are equal or they are not", () => {
  assert.equal(differs([100_000], [100_001], 10, "int64"), true);
  assert.equal(differs([1, 0], [1, 0], 0, "bool"), false);
});

Deno.test("values that are not finite differ from all others, shapes and types too", () => {
  assert.equal(differs([NaN, Infinity], [NaN, Infinity]), false);
  assert.equal(differs([NaN, 1], [0, 1]), true);
  assert.equal(differs([-Infinity], [Infinity]), true);
  assert.equal(differenceOf(numbers([1]), numbers([1, 1]), 1).differs, true);
  assert.equal(differenceOf(numbers([1]), numbers([1], "float16"), 1).differs, true);
});

Deno.test("the worst element and the first ones that differ are shown with their places", () => {
  const wanted: Numbers = { type: "float32", dims: [2, 3], data: Float64Array.from([1, 1, 1, 1, 1, 1]) };
  const got = { ...wanted, data: Float64Array.from([1, 1.1, 1, 1, 1.5, 1]) };
  const { elements, of, absolute, relative, samples } = differenceOf(got, wanted, 1e-3);
  assert.deepEqual([elements, of, absolute, relative], [2, 6, 0.5, 0.25]);
  assert.deepEqual(samples, [{ at: [1, 1], got: 1.5, wanted: 1 }, { at: [0, 1], got: 1.1, wanted: 1 }]);
});
