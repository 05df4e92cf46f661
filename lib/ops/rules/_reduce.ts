/** Folding axes away: the parts that all reductions share. */
import { isStatic, type Shape } from "../../graph/graph.ts";
import { type DType, sizeOf } from "../../base/tensor.ts";
import type { Numbers, Value } from "../../contracts/op.ts";
import { cast, constantLike, div, unsqueeze } from "../emit.ts";
import { allAxes } from "./_axes.ts";
import { numbers, rowMajor, settle, strided } from "./_numbers.ts";

/** The shape without `axes`, or with length 1 there. */
export function reducedShape(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  if (keep) return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** Applies `f` to the elements that fall together, in row-major order of `axes`. */
export function reduceData(
  x: Numbers,
  axes: readonly number[],
  keep: boolean,
  f: (group: Float64Array) => number,
  gives: DType = x.type,
): Numbers {
  const rest = allAxes(x.dims.length).filter((axis) => !axes.includes(axis));
  const order = [...rest, ...[...axes].sort((a, b) => a - b)];
  const strides = rowMajor(x.dims);
  const inOrder = order.every((axis, i) => axis === i);
  const data = inOrder
    ? x.data
    : strided(x.data, order.map((axis) => x.dims[axis]), order.map((axis) => strides[axis]));
  const size = sizeOf(axes.map((axis) => x.dims[axis]));
  const out = new Float64Array(sizeOf(rest.map((axis) => x.dims[axis])));
  for (let i = 0; i < out.length; i++) out[i] = f(data.subarray(i * size, (i + 1) * size));
  return numbers(gives, reducedShape(x.dims, axes, keep) as readonly number[], settle(gives, out));
}

/** A reduced value with the reduced axes put back at length 1. */
export function restoreAxes(y: Value, axes: readonly number[], kept: boolean): Value {
  return kept || axes.length === 0 ? y : unsqueeze(y, axes);
}

/** How many elements of `x` make one of `y`, as a scalar of the type of `x`. */
export function groupSize(x: Value, y: Value, axes: readonly number[]): Value {
  const lengths = axes.map((axis) => x.shape[axis]);
  if (isStatic(lengths)) return constantLike(x, sizeOf(lengths));
  const count = (value: Value): Value => cast(value.builder.emit("Size", [value])[0], x.type);
  return div(count(x), count(y));
}
