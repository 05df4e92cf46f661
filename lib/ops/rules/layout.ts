/** Permuted and repeated elements. */
import { tensor } from "../../base/tensor.ts";
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, type Dim, ints, type Shape } from "../../graph/graph.ts";
import { add, split, transpose as emitTranspose } from "../emit.ts";
import { allAxes, normalizeAxes } from "./_axes.ts";
import { broadcastData, broadcastShapes, unbroadcast } from "./_broadcast.ts";
import { checkCount, constantInts, intsAttr, misfit, numbersOf, required, show } from "./_check.ts";
import { operand } from "./_elementwise.ts";
import { numbers, rowMajor, strided } from "./_numbers.ts";
import { productDim } from "./_symbolic.ts";

function permutationOf(attrs: Attrs, rank: number): readonly number[] {
  const perm = intsAttr(attrs, "perm") ?? allAxes(rank).reverse();
  if (perm.length !== rank) misfit("Transpose", `perm [${perm.join(", ")}] does not fit rank ${rank}`);
  return normalizeAxes("Transpose", perm, rank);
}

const transposeRule: OpRule = {
  type: "Transpose",
  infer(inputs, attrs) {
    checkCount("Transpose", inputs, 1, 1);
    const x = required("Transpose", inputs, 0);
    return [{ type: x.type, shape: permutationOf(attrs, x.shape.length).map((axis) => x.shape[axis]) }];
  },
  compute(inputs, attrs) {
    const x = required("Transpose", inputs, 0);
    const perm = permutationOf(attrs, x.dims.length);
    const strides = rowMajor(x.dims);
    const dims = perm.map((axis) => x.dims[axis]);
    return [numbers(x.type, dims, strided(x.data, dims, perm.map((axis) => strides[axis])))];
  },
  vjp(tape, [dy]) {
    const perm = permutationOf(tape.attrs, operand(tape).shape.length);
    const inverse = allAxes(perm.length).map((axis) => perm.indexOf(axis));
    return [dy && tape.wanted(0) ? emitTranspose(dy, inverse) : null];
  },
  samples: [
    { shapes: [[2, 3]] },
    { shapes: [[2, 3, 4]], attrs: { perm: ints([1, 2, 0]) } },
    { shapes: [[2, 3, 4]], attrs: { perm: ints([0, 2, 1]) } },
  ],
};

/** Input 1 of a sample: lengths or counts. */
function sample(shape: readonly number[], vector: readonly number[]): Sample {
  return { shapes: [shape, [vector.length]], fixed: { 1: tensor("int64", [vector.length], vector) } };
}

const expandRule: OpRule = {
  type: "Expand",
  infer(inputs, _, constants) {
    checkCount("Expand", inputs, 2, 2);
    const x = required("Expand", inputs, 0);
    const target = constantInts("Expand", inputs, constants, 1) ?? misfit("Expand", "input 1 is missing");
    return [{ type: x.type, shape: broadcastShapes("Expand", [x.shape, target]) }];
  },
  compute(inputs) {
    const x = required("Expand", inputs, 0);
    const dims = broadcastShapes("Expand", [x.dims, numbersOf(inputs, 1) ?? []]) as readonly number[];
    return [numbers(x.type, dims, broadcastData(x, dims))];
  },
  vjp(tape, [dy]) {
    return [dy && tape.wanted(0) ? unbroadcast(dy, operand(tape).shape) : null, null];
  },
  samples: [sample([3, 1], [2, 3, 4]), sample([2, 3], [1, 1]), sample([], [2, 2]), sample([1, 2], [3, 1])],
};

function tiledShape(shape: Shape, repeats: readonly number[]): Shape {
  if (repeats.length !== shape.length) {
    misfit("Tile", `repeats [${repeats.join(", ")}] do not fit ${show(shape)}, one per axis is needed`);
  }
  return shape.map((dim, axis): Dim => productDim([repeats[axis], dim]));
}

/** The sum of the copies, axis by axis. */
function inTiled(tape: Tape, dy: Value): Value {
  const x = operand(tape);
  const repeats = constantInts("Tile", tape.inputs, tape.inputs.map((input) => input?.constant), 1) ?? [];
  return repeats.reduce((gradient, count, axis) => {
    if (count === 1) return gradient;
    const length = x.shape[axis];
    if (typeof length === "string") misfit("Tile", `the gradient needs the length of axis ${axis}, it is ${length}`);
    return split(gradient, Array<number>(count).fill(length), axis).reduce(add);
  }, dy);
}

const tileRule: OpRule = {
  type: "Tile",
  infer(inputs, _, constants) {
    checkCount("Tile", inputs, 2, 2);
    const x = required("Tile", inputs, 0);
    const repeats = constantInts("Tile", inputs, constants, 1) ?? misfit("Tile", "input 1 is missing");
    return [{ type: x.type, shape: tiledShape(x.shape, repeats) }];
  },
  compute(inputs) {
    const x = required("Tile", inputs, 0);
    const repeats = numbersOf(inputs, 1) ?? [];
    const strides = rowMajor(x.dims);
    const dims = tiledShape(x.dims, repeats) as readonly number[];
    const folded = repeats.flatMap((count, axis) => [count, x.dims[axis]]);
    return [numbers(x.type, dims, strided(x.data, folded, strides.flatMap((step) => [0, step])))];
  },
  vjp(tape, [dy]) {
    return [dy && tape.wanted(0) ? inTiled(tape, dy) : null, null];
  },
  samples: [sample([2, 3], [1, 2]), sample([2, 1, 3], [3, 2, 1]), sample([2], [1])],
};

export const layout: readonly OpRule[] = [transposeRule, expandRule, tileRule];
