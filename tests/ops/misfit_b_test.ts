/** Windows, products, indices and resampling that do not fit are refused with what is wrong. */
import assert from "node:assert/strict";
import { scalar, type Tensor, tensor } from "../../lib/base/tensor.ts";
import { GraphError } from "../../lib/graph/errors.ts";
import { type Attrs, type Dim, int, ints, string, type TensorType } from "../../lib/graph/graph.ts";
import { Registry } from "../../lib/ops/registry.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

type Given = TensorType | Tensor | null;

const registry = new Registry(rules);

const floats = (...shape: Dim[]): TensorType => ({ type: "float32", shape });
const indices = (...shape: Dim[]): TensorType => ({ type: "int64", shape });
const whole = (...values: number[]): Tensor => tensor("int64", [values.length], values);

function infer(op: string, inputs: readonly Given[], attrs: Attrs = {}, outputs = 1): readonly TensorType[] {
  const types = inputs.map((x) => (x && "dims" in x ? { type: x.type, shape: x.dims } : x));
  const constants = inputs.map((x) => (x && "dims" in x ? x : undefined));
  return registry.get(op, "", op).infer(types, attrs, constants, outputs);
}

const two = { kernel_shape: ints([2, 2]) };
const vectors = [floats(3), floats(3), floats(3), floats(3)];

const misfits: readonly [string, readonly Given[], Attrs, RegExp][] = [
  ["Conv", [floats(1, 3, 8, 8), floats(4, 2, 3, 3)], {}, /channel count of input \[1, 3, 8, 8\] is 3, it must be 2/],
  ["Conv", [floats(1, 3, 8, 8), floats(4, 3, 3)], {}, /must have one rank/],
  ["Conv", [floats(1, 3), floats(4, 3)], {}, /rank 2, at least/],
  ["Conv", [floats(1, 4, 8, 8), floats(5, 2, 3, 3)], { group: int(2) }, /group 2 does not divide the 5 channels/],
  ["Conv", [floats(1, 3, 8, 8), floats(4, 3, 3, 3), floats(3)], {}, /length of the bias is 3, it must be 4/],
  ["Conv", [floats(1, 3, 8, 8), floats(4, 3, 3, 3), floats(1, 4)], {}, /bias has shape \[1, 4\]/],
  ["Conv", [floats(1, 3, 2, 8), floats(4, 3, 3, 3)], {}, /axis 2 of length 2 is shorter than its window of 3/],
  ["Conv", [floats(1, 3, "H", 8), floats(4, 3, 3, 3)], {}, /spatial shape \[H, 8\] must hold numbers/],
  ["Conv", [floats(1, 3, 8, 8), floats(4, 3, 3, 3)], { strides: ints([2]) }, /strides \[2\] has 1 entries/],
  ["Conv", [floats(1, 3, 8, 8), floats(4, 3, 3, 3)], { pads: ints([1, 1]) }, /pads \[1,1\] has 2 entries, 4/],
  ["Conv", [floats(1, 3, 8, 8), floats(4, 3, 3, 3)], two, /kernel_shape \[2,2\] differs from the weight/],
  ["Conv", [floats(1, 3, 8, 8), floats(4, 3, 3, 3)], { auto_pad: string("SAME") }, /auto_pad "SAME" is unknown/],
  ["ConvTranspose", [floats(1, 3, 4, 4), floats(2, 3, 3, 3)], {}, /is 3, it must be 2/],
  ["ConvTranspose", [floats(1, 2, 4, 4), floats(2, 3, 3, 3)], { output_shape: ints([9, 9]) }, /larger than \[6,6\]/],
  ["ConvTranspose", [floats(1, 2, 1, 1), floats(2, 3, 2, 2)], { pads: ints([1, 1, 1, 1]) }, /leave nothing of axis 2/],
  ["MaxPool", [floats(1, 2, 4, 4)], {}, /kernel_shape is missing/],
  ["AveragePool", [floats(1, 2, 4)], two, /has 2 axes, the input has 1/],
  ["MatMul", [floats(2, 3), floats(4, 5)], {}, /differ in the length that is summed over/],
  ["MatMul", [floats(), floats(4, 5)], {}, /is a scalar/],
  ["MatMul", [floats(2, 3, 4), floats(3, 4, 5)], {}, /do not broadcast/],
  ["Gemm", [floats(2, 3), floats(3, 4), floats(3)], {}, /do not broadcast/],
  ["Gemm", [floats(2, 3), floats(3, 4), floats(5, 2, 4)], {}, /input 2 of shape \[5, 2, 4\] does not broadcast to/],
  ["Gemm", [floats(2, 3, 1), floats(3, 4)], {}, /must both be matrices/],
  ["Einsum", [floats(2, 3)], { equation: string("ij,jk->ik") }, /does not describe 1 operands/],
  ["Einsum", [floats(2, 2)], { equation: string("ii->i") }, /has the term "ii"/],
  ["Einsum", [floats(2, 3)], { equation: string("ij->ik") }, /has the term "ik"/],
  [
    "Einsum",
    [floats(2, 3), floats(4, 5)],
    { equation: string("ij,jk->ik") },
    /"j" of .* is 3, in operand 1 .* it is 4/,
  ],
  ["BatchNormalization", [floats(2, 4, 5), ...vectors], {}, /length of input 1 is 3, it must be 4/],
  ["LayerNormalization", [floats(2, 4), floats(2, 4)], {}, /\[2, 4\] does not broadcast to the normalised axes \[4\]/],
  ["InstanceNormalization", [floats(2, 4), floats(4), floats(4)], {}, /at least \[N, C, length\]/],
  ["LpNormalization", [floats(2, 4)], { p: int(3) }, /p is 3, 1 or 2/],
  ["Resize", [floats(1, 1, 4, 4), null, whole(1, 2)], {}, /2 scales or sizes are given for 4 axes/],
  ["Resize", [floats(1, 1, 4, 4), null, null, indices(4)], {}, /neither scales nor sizes/],
  ["Resize", [floats("N", 1, 4), null, whole(2, 1, 1)], {}, /changes an axis of symbolic length N/],
  ["DepthToSpace", [floats(1, 6, 2, 2)], { blocksize: int(2) }, /length 6 is no multiple of 4/],
  ["SpaceToDepth", [floats(1, 6, 3, 2)], { blocksize: int(2) }, /length 3 is no multiple of 2/],
  ["Gather", [floats(3, 4), floats(2)], {}, /indices are float32/],
  ["GatherElements", [floats(3, 4), indices(3)], {}, /must have one rank/],
  ["GatherND", [floats(3, 4), indices(2, 3)], {}, /do not index data \[3, 4\]/],
  ["ScatterElements", [floats(3, 4), indices(3, 1), floats(3, 2)], {}, /must have one shape/],
  ["ScatterND", [floats(3, 4), indices(2, 1), floats(2, 3)], {}, /\[2, 4\] is needed/],
  ["ScatterND", [floats(3), indices(2, 1), floats(2)], { reduction: string("mean") }, /reduction is "mean"/],
  ["TopK", [floats(3), whole(4)], {}, /k is 4, axis 0 holds 3/],
  ["OneHot", [indices(3), indices(), floats(2)], {}, /input 1 is computed at run time/],
  ["Trilu", [floats(3)], {}, /at least a matrix/],
  ["NonZero", [floats(3)], {}, /it must be constant/],
  ["CumSum", [floats(3), scalar("int64", 1)], {}, /axis 1 is out of range/],
];

for (const [op, inputs, attrs, message] of misfits) {
  Deno.test(`${op} refuses: ${message.source}`, () => {
    assert.throws(
      () => infer(op, inputs, attrs),
      (error) => error instanceof GraphError && message.test(error.message),
    );
  });
}

Deno.test("MaxPool refuses to give indices", () => {
  assert.throws(() => infer("MaxPool", [floats(1, 2, 4, 4)], two, 2), /only the first is supported/);
});

Deno.test("indices out of range are refused when they are used", () => {
  const data = { type: "float32" as const, dims: [3], data: Float64Array.of(1, 2, 3) };
  const index = { type: "int64" as const, dims: [1], data: Float64Array.of(3) };
  for (const op of ["Gather", "GatherElements"]) {
    assert.throws(() => registry.get(op, "", op).compute([data, index], {}, 1), /index 3 is out of range/);
  }
});

Deno.test("a symbolic batch passes through", () => {
  const shapeOf = (...args: Parameters<typeof infer>) => infer(...args)[0].shape;
  assert.deepEqual(shapeOf("Conv", [floats("N", 3, 8, 8), floats(4, 3, 3, 3)]), ["N", 4, 6, 6]);
  assert.deepEqual(shapeOf("ConvTranspose", [floats("N", 3, 4, 4), floats(3, 2, 2, 2)]), ["N", 2, 5, 5]);
  assert.deepEqual(shapeOf("MaxPool", [floats("N", 3, 8, 8)], two), ["N", 3, 7, 7]);
  assert.deepEqual(shapeOf("GlobalAveragePool", [floats("N", 3, 8, 8)]), ["N", 3, 1, 1]);
  assert.deepEqual(shapeOf("MatMul", [floats("N", "T", 8), floats(8, 4)]), ["N", "T", 4]);
  assert.deepEqual(shapeOf("Gemm", [floats("N", 8), floats(8, 4), floats(4)]), ["N", 4]);
  assert.deepEqual(shapeOf("Einsum", [floats("N", 3)], { equation: string("ij->ji") }), [3, "N"]);
  assert.deepEqual(shapeOf("Gather", [floats(9, 4), indices("N")]), ["N", 4]);
  assert.deepEqual(shapeOf("Resize", [floats("N", 3, 4, 4), null, whole(1, 1, 2, 2)]), ["N", 3, 8, 8]);
  assert.deepEqual(shapeOf("DepthToSpace", [floats("N", 4, 2, 3)], { blocksize: int(2) }), ["N", 1, 4, 6]);
});
