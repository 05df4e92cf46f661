/** Shapes for `Reshape`. */
import type { Value } from "../../contracts/op.ts";
import type { Dim, Shape } from "../../graph/graph.ts";
import { reshape } from "../emit.ts";
import { misfit, show } from "./_check.ts";
import { productDim, quotientDim } from "./_symbolic.ts";

/** The shape that `asked` means for data of `shape`: 0 copies a length (unless `allowZero`), -1 is what is left. */
export function resolveShape(op: string, shape: Shape, asked: readonly number[], allowZero = false): Shape {
  const copied = asked.map((dim, axis): Dim => {
    if (dim < -1) misfit(op, `shape [${asked.join(", ")}] holds ${dim}, lengths are -1, 0 or positive`);
    if (dim !== 0 || allowZero) return dim;
    return shape[axis] ?? misfit(op, `shape [${asked.join(", ")}] copies axis ${axis} of ${show(shape)}`);
  });
  const free = copied.indexOf(-1);
  if (free < 0) return checkSize(op, shape, copied);
  const others = copied.filter((_, axis) => axis !== free);
  if (others.includes(-1)) misfit(op, `shape [${asked.join(", ")}] holds -1 twice`);
  const left = quotientDim(shape, others) ??
    misfit(op, `${show(shape)} does not divide into [${asked.join(", ")}]`);
  return copied.map((dim, axis) => (axis === free ? left : dim));
}

function checkSize(op: string, shape: Shape, target: Shape): Shape {
  const [have, want] = [productDim(shape), productDim(target)];
  if (have !== want) misfit(op, `${show(shape)} holds ${have} elements, ${show(target)} holds ${want}`);
  return target;
}

/** `x` in another shape of equal size, in which any number of lengths may be symbolic if they keep their axis. */
export function reshapeTo(x: Value, shape: Shape): Value {
  if (shape.length === x.shape.length && shape.every((dim, axis) => dim === x.shape[axis])) return x;
  return reshape(x, shape.map((dim, axis) => (typeof dim === "string" && dim === x.shape[axis] ? 0 : dim)));
}
