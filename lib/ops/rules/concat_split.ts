/** Joining along an axis, and its adjoint. */
import { sizeOf, tensor } from "../../base/tensor.ts";
import type { Numbers, OpRule, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, type Dim, int, type Shape, type TensorType } from "../../graph/graph.ts";
import { concat, constantLike, slice, split } from "../emit.ts";
import { normalizeAxis } from "./_axes.ts";
import { expandLike } from "./_broadcast.ts";
import { checkCount, constantInts, intAttr, misfit, numbersOf, required, sharedType, show } from "./_check.ts";
import { numbers, rowMajor, strided } from "./_numbers.ts";
import { sumDim } from "./_symbolic.ts";

function withLength(shape: Shape, axis: number, length: Dim): Shape {
  return shape.map((dim, i) => (i === axis ? length : dim));
}

function checkAlike(axis: number, first: Shape, other: Shape): void {
  const alike = other.length === first.length && other.every((dim, i) => i === axis || dim === first[i]);
  if (!alike) misfit("Concat", `shapes ${show(first)} and ${show(other)} differ beside axis ${axis}`);
}

function join(parts: readonly Numbers[], axis: number): Numbers {
  const dims = withLength(parts[0].dims, axis, sumDim(parts.map((part) => part.dims[axis]))) as readonly number[];
  const rows = sizeOf(dims.slice(0, axis));
  const out = new Float64Array(sizeOf(dims));
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (const part of parts) {
      const width = part.data.length / rows;
      out.set(part.data.subarray(row * width, (row + 1) * width), at);
      at += width;
    }
  }
  return numbers(parts[0].type, dims, out);
}

/** The lengths along the axis of a Concat node's inputs, which its gradient needs as numbers. */
function staticLengths(tape: Tape, axis: number): readonly number[] {
  return tape.inputs.map((x, i) => {
    const length = required("Concat", [x], 0).shape[axis];
    return typeof length === "number" ? length : misfit("Concat", `the gradient needs the length of input ${i}`);
  });
}

/** One wanted part is sliced out; several come from one Split. */
function separate(tape: Tape, dy: Value): readonly (Value | null)[] {
  const axis = normalizeAxis("Concat", intAttr(tape.attrs, "axis", 0), dy.shape.length);
  const wanted = tape.inputs.flatMap((_, i) => (tape.wanted(i) ? [i] : []));
  if (wanted.length === 0) return tape.inputs.map(() => null);
  if (tape.inputs.length === 1) return [dy];
  const lengths = staticLengths(tape, axis);
  if (wanted.length > 1) {
    const parts = split(dy, lengths, axis);
    return parts.map((part, i) => (tape.wanted(i) ? part : null));
  }
  const start = lengths.slice(0, wanted[0]).reduce((a, b) => a + b, 0);
  const part = slice(dy, [start], [start + lengths[wanted[0]]], [axis]);
  return tape.inputs.map((_, i) => (i === wanted[0] ? part : null));
}

const concatRule: OpRule = {
  type: "Concat",
  infer(inputs, attrs) {
    checkCount("Concat", inputs, 1, Infinity);
    const parts = inputs.map((_, i) => required("Concat", inputs, i));
    const type = sharedType("Concat", parts, "any");
    const first = parts[0].shape;
    const axis = normalizeAxis("Concat", intAttr(attrs, "axis", 0), first.length);
    for (const { shape } of parts) checkAlike(axis, first, shape);
    return [{ type, shape: withLength(first, axis, sumDim(parts.map(({ shape }) => shape[axis]))) }];
  },
  compute(inputs, attrs) {
    const parts = inputs.map((_, i) => required("Concat", inputs, i));
    return [join(parts, normalizeAxis("Concat", intAttr(attrs, "axis", 0), parts[0].dims.length))];
  },
  vjp: (tape, [dy]) => (dy ? separate(tape, dy) : tape.inputs.map(() => null)),
  samples: [
    { shapes: [[2, 3], [2, 1]], attrs: { axis: int(1) } },
    { shapes: [[2, 3], [1, 3], [3, 3]], attrs: { axis: int(-2) } },
    { shapes: [[2, 3]], attrs: { axis: int(0) } },
  ],
};

/** The lengths of the parts: the second input, or as equal as `num_outputs` (or the number of outputs) allows. */
function partLengths(given: readonly number[] | undefined, length: Dim, attrs: Attrs, outputs: number): readonly Dim[] {
  const count = intAttr(attrs, "num_outputs", given?.length ?? outputs);
  if (count === 1 && !given) return [length];
  if (typeof length === "string") misfit("Split", `the axis has the symbolic length ${length}, it must be a number`);
  const lengths = given ?? equalParts(length, count);
  const total = lengths.reduce((a, b) => a + b, 0);
  if (total !== length) misfit("Split", `parts [${lengths.join(", ")}] do not add up to ${length}`);
  return lengths;
}

function equalParts(length: number, count: number): readonly number[] {
  const most = Math.ceil(length / count);
  return Array.from({ length: count }, (_, i) => (i < count - 1 ? most : length - most * (count - 1)));
}

const splitRule: OpRule = {
  type: "Split",
  infer(inputs, attrs, constants, outputs): readonly TensorType[] {
    checkCount("Split", inputs, 1, 2);
    const x = required("Split", inputs, 0);
    const axis = normalizeAxis("Split", intAttr(attrs, "axis", 0), x.shape.length);
    const lengths = partLengths(constantInts("Split", inputs, constants, 1), x.shape[axis], attrs, outputs);
    return lengths.map((length) => ({ type: x.type, shape: withLength(x.shape, axis, length) }));
  },
  compute(inputs, attrs, outputs) {
    const x = required("Split", inputs, 0);
    const axis = normalizeAxis("Split", intAttr(attrs, "axis", 0), x.dims.length);
    const lengths = partLengths(numbersOf(inputs, 1), x.dims[axis], attrs, outputs) as readonly number[];
    const strides = rowMajor(x.dims);
    let start = 0;
    return lengths.map((length) => {
      const dims = withLength(x.dims, axis, length) as readonly number[];
      const data = strided(x.data, dims, strides, start * strides[axis]);
      start += length;
      return numbers(x.type, dims, data);
    });
  },
  vjp(tape, dys) {
    const like = dys.find((dy) => dy !== null);
    if (!like || !tape.wanted(0)) return tape.inputs.map(() => null);
    const axis = normalizeAxis("Split", intAttr(tape.attrs, "axis", 0), like.shape.length);
    const parts = dys.map((dy, i) => dy ?? expandLike(constantLike(like, 0), tape.outputs[i]));
    return tape.inputs.map((_, i) => (i === 0 ? concat(parts, axis) : null));
  },
  samples: [
    { shapes: [[2, 5], [2]], fixed: { 1: tensor("int64", [2], [2, 3]) }, attrs: { axis: int(1) }, outputs: 2 },
    { shapes: [[5, 2]], attrs: { num_outputs: int(2) }, outputs: 2 },
    { shapes: [[2, 6]], attrs: { num_outputs: int(3), axis: int(-1) }, outputs: 3 },
  ],
};

export const concatSplit: readonly OpRule[] = [concatRule, splitRule];
