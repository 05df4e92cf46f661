import type { Value } from "../contracts/op.ts";
import { clip, div, mul, reduceSum } from "../ops/emit.ts";

/** Σ w·x / Σ w·n over the batch, for x, w and n (default 1) of [N]; 0 where all weights are. */
export function weightedMean(x: Value, weight: Value, n?: Value): Value {
  const mass = n === undefined ? weight : mul(weight, n);
  return div(reduceSum(mul(weight, x), null), clip(reduceSum(mass, null), SMALLEST_MASS, null));
}

/** Keeps the quotient finite where a batch holds no weight at all. */
const SMALLEST_MASS = 1e-12;
