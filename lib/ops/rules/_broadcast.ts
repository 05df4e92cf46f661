/** Broadcasting in both directions: shapes and data towards the output, gradients back to the inputs. */
import { sizeOf } from "../../base/tensor.ts";
import type { Numbers, Value } from "../../contracts/op.ts";
import { type Dim, isStatic, type Shape } from "../../graph/graph.ts";
import { equal, expand, reduceSum, squeeze, where } from "../emit.ts";
import { misfit, show } from "./_check.ts";
import { rowMajor, strided } from "./_numbers.ts";

/** The shape that all `shapes` broadcast to; a symbolic length fits itself and 1. @throws GraphError on a misfit. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Shape {
  return shapes.reduce((a, b) => broadcastPair(op, a, b));
}

function broadcastPair(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis): Dim => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    return misfit(op, `shapes ${show(a)} and ${show(b)} do not broadcast, axes must be equal or 1`);
  });
}

/** The data of `x` repeated to `dims`; the data itself where nothing repeats. */
export function broadcastData(x: Numbers, dims: readonly number[]): Float64Array {
  const missing = dims.length - x.dims.length;
  if (x.data.length === sizeOf(dims)) return x.data;
  const own = rowMajor(x.dims);
  const strides = dims.map((_, axis) => (axis < missing || x.dims[axis - missing] === 1 ? 0 : own[axis - missing]));
  return strided(x.data, dims, strides);
}

/** Sums a gradient over the axes along which an operand of this shape was repeated. */
export function unbroadcast(gradient: Value, shape: Shape): Value {
  const missing = gradient.shape.length - shape.length;
  const leading = Array.from({ length: missing }, (_, axis) => axis);
  const repeated = shape.flatMap((dim, i) => (dim === 1 && gradient.shape[i + missing] !== 1 ? [i + missing] : []));
  const axes = [...leading, ...repeated];
  if (axes.length === 0) return gradient;
  if (repeated.length === 0) return reduceSum(gradient, leading);
  const sum = reduceSum(gradient, axes, true);
  return missing === 0 ? sum : squeeze(sum, leading);
}

/** `x` repeated to the shape of `like`, to which it broadcasts. */
export function expandLike(x: Value, like: Value): Value {
  const target = like.shape;
  const missing = target.length - x.shape.length;
  const repeats = target.map((dim, axis) => axis < missing || x.shape[axis - missing] !== dim);
  if (!repeats.includes(true)) return x;
  const lengths = target.map((dim, axis) => (repeats[axis] ? dim : 1));
  if (isStatic(lengths)) return expand(x, lengths);
  return where(equal(like, like), x, x); // the repeated length is known at run time only
}
