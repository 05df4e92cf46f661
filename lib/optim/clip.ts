import type { Value } from "../contracts/op.ts";
import { add, clip, div, mul, reduceSum, sqrt } from "../ops/emit.ts";

/** The root of the sum of squares over all gradients: a scalar. At least one gradient. */
export function globalNorm(gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => reduceSum(mul(gradient, gradient), null));
  return sqrt(squares.reduce(add));
}

/** The gradients, scaled down together where their norm exceeds `largest` (Pascanu, Mikolov, Bengio, ICML 2013). */
export function clipByNorm(gradients: readonly Value[], norm: Value, largest: number): readonly Value[] {
  const factor = clip(div(largest, add(norm, NORM_EPSILON)), null, 1);
  return gradients.map((gradient) => mul(gradient, factor));
}

/** As in PyTorch's `clip_grad_norm_`. */
const NORM_EPSILON = 1e-6;
