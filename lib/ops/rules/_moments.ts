/** Mean and variance: the parts that all normalisations share. */
import type { Value } from "../../contracts/op.ts";
import { add, mul, reciprocal, reduceMean, sqrt, sub } from "../emit.ts";

/** Population mean and variance of each group. */
export interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Moments of `data`, whose element `i` belongs to group `groupOf(i)`; all groups are equally large. */
export function moments(data: Float64Array, groups: number, groupOf: (i: number) => number): Moments {
  const size = data.length / groups;
  const mean = new Float64Array(groups);
  const variance = new Float64Array(groups);
  for (let i = 0; i < data.length; i++) mean[groupOf(i)] += data[i] / size;
  for (let i = 0; i < data.length; i++) variance[groupOf(i)] += (data[i] - mean[groupOf(i)]) ** 2 / size;
  return { mean, variance };
}

/** x with mean 0 and variance 1 over `axes`, and what it was multiplied with, the reduced axes kept. */
export interface Standardised {
  readonly hat: Value;
  readonly centred: Value;
  readonly inverse: Value;
}

export function standardise(x: Value, axes: readonly number[], epsilon: number): Standardised {
  const centred = sub(x, reduceMean(x, axes, true));
  const variance = reduceMean(mul(centred, centred), axes, true);
  const inverse = reciprocal(sqrt(add(variance, epsilon)));
  return { hat: mul(centred, inverse), centred, inverse };
}

/** The gradient of x from that of `hat`. */
export function standardiseGradient(dhat: Value, { hat, inverse }: Standardised, axes: readonly number[]): Value {
  const along = reduceMean(mul(dhat, hat), axes, true);
  const rest = sub(sub(dhat, reduceMean(dhat, axes, true)), mul(hat, along));
  return mul(rest, inverse);
}
