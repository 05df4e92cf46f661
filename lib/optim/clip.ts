import type { Value } from "../contracts/op.ts";
import { add, clip, concat, div, mul, reduceSum, reshape, sqrt } from "../ops/emit.ts";

/** The sum of squares of each gradient: [P]. At least one gradient. */
export function squaredNorms(gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => reshape(reduceSum(mul(gradient, gradient), null), [1]));
  return squares.length === 1 ? squares[0] : concat(squares, 0);
}

/** The root of the sum of squares over all gradients, of `squaredNorms`: a scalar. */
export function globalNorm(squared: Value): Value {
  return sqrt(reduceSum(squared, null));
}

/** The gradients, scaled down together where their norm exceeds `largest` (Pascanu, Mikolov, Bengio, ICML 2013). */
export function clipByNorm(gradients: readonly Value[], norm: Value, largest: number): readonly Value[] {
  const factor = clip(div(largest, add(norm, NORM_EPSILON)), null, 1);
  return gradients.map((gradient) => mul(gradient, factor));
}

/** As in PyTorch's `clip_grad_norm_`. */
const NORM_EPSILON = 1e-6;
