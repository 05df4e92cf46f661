/** Lengths known by name only: how shape rules carry them, and that gradients through them are right. */
import assert from "node:assert/strict";
import { random } from "../../lib/base/random.ts";
import { tensor } from "../../lib/base/tensor.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { type Attrs, type Dim, float, int, type Shape, string } from "../../lib/graph/graph.ts";
import { judgeGraph, noise } from "../../lib/autodiff/judge.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import * as op from "../../lib/ops/emit.ts";

/** The shape that a node gives whose first input has `shape` and whose further inputs are these vectors. */
function shapeOf(type: string, shape: Shape, vectors: readonly (readonly number[])[] = [], attrs: Attrs = {}): Shape {
  const builder = createBuilder();
  const x = builder.input("x", "float32", shape);
  const further = vectors.map((vector) => builder.constant(tensor("int64", [vector.length], vector)));
  return builder.emit(type, [x, ...further], attrs)[0].shape;
}

Deno.test("Reshape and Flatten keep a symbolic length where the rest divides", () => {
  assert.deepEqual(shapeOf("Reshape", ["N", 64, 1, 1], [[-1, 64]]), ["N", 64]);
  assert.deepEqual(shapeOf("Reshape", ["N", 64], [[0, 8, -1]]), ["N", 8, 8]);
  assert.deepEqual(shapeOf("Reshape", ["N", 6], [[-1, 3]]), ["2*N", 3]);
  assert.deepEqual(shapeOf("Reshape", ["2*N", 3], [[-1, 6]]), ["N", 6]);
  assert.deepEqual(shapeOf("Reshape", ["N", "T", 8], [[0, 0, 2, 4]]), ["N", "T", 2, 4]);
  assert.deepEqual(shapeOf("Reshape", ["N", "T", 8], [[-1, 8]]), ["N*T", 8]);
  assert.deepEqual(shapeOf("Reshape", ["N", "T", 8], [[0, -1, 4]]), ["N", "2*T", 4]);
  assert.deepEqual(shapeOf("Flatten", ["N", 64, 7, 7]), ["N", 3136]);
  assert.deepEqual(shapeOf("Flatten", ["N", 2, 3], [], { axis: int(2) }), ["2*N", 3]);
});

Deno.test("Reshape refuses what may not divide", () => {
  assert.throws(() => shapeOf("Reshape", ["N", 5], [[-1, 2]]), /does not divide/);
  assert.throws(() => shapeOf("Reshape", ["N", 4], [[2, -1, 4, 2]]), /does not divide/);
  assert.throws(() => shapeOf("Reshape", ["N", 4], [[4, 4]]), /holds 4\*N elements, \[4, 4\] holds 16/);
  assert.throws(() => shapeOf("Reshape", [2, 3], [[5]]), /holds 6 elements, \[5\] holds 5/);
  assert.throws(() => shapeOf("Reshape", [2, 3], [[-1, -1]]), /-1 twice/);
});

function together(a: Shape, b: Shape): Shape {
  const builder = createBuilder();
  return op.add(builder.input("a", "float32", a), builder.input("b", "float32", b)).shape;
}

Deno.test("a symbolic length broadcasts with itself and with 1", () => {
  assert.deepEqual(together(["N", 3], ["N", 1]), ["N", 3]);
  assert.deepEqual(together([1, 3], ["N", 1]), ["N", 3]);
  assert.deepEqual(together([3], ["N", 1]), ["N", 3]);
  assert.throws(() => together(["N", 3], ["M", 3]), /\[N, 3\] and \[M, 3\] do not broadcast/);
  assert.throws(() => together(["N", 3], [5, 3]), /do not broadcast/);
});

Deno.test("movement keeps symbolic lengths that it leaves whole", () => {
  const x: readonly Dim[] = ["N", 3, 4];
  assert.deepEqual(shapeOf("Slice", x, [[0, 1], [2 ** 31 - 1, 3], [0, 1]]), ["N", 2, 4]);
  assert.deepEqual(shapeOf("Pad", x, [[0, 1, 0, 0, 0, 2]]), ["N", 4, 6]);
  assert.deepEqual(shapeOf("Tile", x, [[2, 1, 2]]), ["2*N", 3, 8]);
  assert.deepEqual(shapeOf("Expand", ["N", 1], [[2, 1, 5]]), [2, "N", 5]);
  assert.deepEqual(shapeOf("Squeeze", ["N", 1, 4, 1]), ["N", 4]);
  assert.deepEqual(shapeOf("ReduceSum", x, [[1]], { keepdims: int(0) }), ["N", 4]);
  assert.throws(() => shapeOf("Slice", x, [[1], [3], [0]]), /symbolic length N/);
  assert.throws(() => shapeOf("Pad", x, [[1, 0, 0, 0, 0, 0]]), /symbolic length N/);
});

Deno.test("Concat adds symbolic lengths", () => {
  const builder = createBuilder();
  const [a, b] = [builder.input("a", "float32", ["N", 3]), builder.input("b", "float32", [2, 3])];
  assert.deepEqual(op.concat([a, b], 0).shape, ["(N+2)", 3]);
  assert.deepEqual(op.concat([b, a], 0).shape, ["(N+2)", 3]);
  assert.deepEqual(op.concat([a, a], 1).shape, ["N", 6]);
});

const emitted = (type: string, x: Value, attrs: Attrs = {}): Value => x.builder.emit(type, [x], attrs)[0];
const over = (type: string, axes: readonly number[], keep: number) => (x: Value): Value =>
  x.builder.emit(type, [x, op.int64s(x, axes)], { keepdims: int(keep) })[0];
const padded = (mode: string, pads: readonly number[]) => (x: Value): Value =>
  x.builder.emit("Pad", [x, op.int64s(x, pads)], { mode: string(mode) })[0];

/** Functions of x [N,3,4], N at run time. */
const functions: Readonly<Record<string, (x: Value) => Value>> = {
  "mean over the batch": over("ReduceMean", [0], 0),
  "mean over all": (x) => op.reduceMean(x, null),
  "sum over the batch and an axis": over("ReduceSum", [0, 2], 1),
  "maximum over the batch": over("ReduceMax", [0, 1], 0),
  "norm over the batch": over("ReduceL2", [0], 0),
  "product over the batch": over("ReduceProd", [0], 0),
  "log of the sum over the batch": over("ReduceLogSumExp", [0], 1),
  "broadcast against the batch mean": (x) => op.sub(x, op.reduceMean(x, [0], true)),
  "softmax over the batch": (x) => op.softmax(x, 0),
  "reshape": (x) => op.reshape(x, [-1, 12]),
  "reshape across the batch": (x) => op.reshape(x, [-1, 6]),
  "flatten": (x) => op.flatten(x, 2),
  "transpose": (x) => op.transpose(x, [1, 0, 2]),
  "expand": (x) => op.expand(op.unsqueeze(x, [1]), [1, 5, 1, 1]),
  "tile": (x) => op.tile(x, [1, 2, 3]),
  "concat": (x) => op.concat([x, op.mul(x, x)], 1),
  "split": (x) => op.mul(...(op.split(x, [2, 2], 2) as [Value, Value])),
  "half of a split": (x) => op.split(x, [1, 2], 1)[1],
  "slice with steps": (x) => op.slice(x, [2, 3], [-9, 0], [1, 2], [-1, -2]),
  "slice with a step in front of the batch": (x) => op.slice(op.transpose(x, [2, 0, 1]), [0], [4], [0], [2]),
  "constant pad": padded("constant", [0, 1, -1, 0, 0, 2]),
  "reflect pad": padded("reflect", [0, 2, 1, 0, 1, 3]),
  "edge pad": padded("edge", [0, 2, 1, 0, 1, 3]),
  "clip": (x) => op.clip(x, -0.5, 0.5),
  "leaky": (x) => emitted("LeakyRelu", x, { alpha: float(0.3) }),
};

for (const [name, f] of Object.entries(functions)) {
  Deno.test(`gradient with a symbolic batch: ${name}`, () => {
    const builder = createBuilder();
    const y = f(builder.input("x", "float64", ["N", 3, 4]));
    builder.output("loss", op.reduceSum(op.mul(y, emitted("Sin", y)), null));
    const feeds = { x: noise([5, 3, 4], random("symbolic", name), [-1, 1]) };
    assert.deepEqual(judgeGraph(builder.finish(), { loss: "loss", wrt: ["x"] }, feeds), []);
  });
}
