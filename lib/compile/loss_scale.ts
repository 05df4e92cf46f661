/**
 * Loss scaling (Micikevicius et al.: Mixed precision training, ICLR 2018): the loss is multiplied before it is differentiated, so
 * that small gradients do not vanish in float16, and a gradient that overflows is recognised.
 */
import type { Value } from "../contracts/op.ts";
import { and, div, lessOrEqual } from "../ops/emit.ts";

/** The largest float32. */
const LARGEST = 3.4028234663852886e38;

/** The gradients of the loss from those of the loss times `scale`. */
export function unscaled(gradients: readonly Value[], scale: Value): readonly Value[] {
  return gradients.map((gradient) => div(gradient, scale));
}

/** Whether a norm is finite, a bool scalar: comparing NaN is false. */
export function isFinite(norm: Value): Value {
  return lessOrEqual(norm, LARGEST);
}

/** Whether both bool scalars hold; null stands for one that always does. */
export function both(a: Value | null, b: Value | null): Value | null {
  return a === null || b === null ? a ?? b : and(a, b);
}
