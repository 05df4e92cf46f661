/** What Adam and AdamW share: moments, bias correction, step. */
import { z } from "zod";
import type { OptimizedParameter, Rates, UpdatedParameter } from "../../contracts/optimizer.ts";
import type { Value } from "../../contracts/op.ts";
import { add, constantLike, div, exp, less, mul, neg, sqrt, sub, where } from "../../ops/emit.ts";

const share = z.number().min(0).lt(1);

export const adamParams = {
  betas: z.tuple([share, share]).default([0.9, 0.999])
    .describe("how much of the running means of the gradient and of its square each step keeps"),
  eps: z.number().positive().max(1).default(1e-8).describe("added to the root of the mean square"),
};

export interface AdamParams {
  readonly betas: readonly [number, number];
  readonly eps: number;
}

export const ADAM_SLOTS = ["exp_avg", "exp_avg_sq"] as const;

/** size: lr / (1 - β1^t). correction: sqrt(1 - β2^t). */
export function adamRates(lr: Value, step: Value, { betas }: AdamParams): Rates {
  return {
    lr,
    size: div(lr, oneMinusPower(betas[0], step)),
    correction: sqrt(oneMinusPower(betas[1], step)),
  };
}

/** m and v move towards g and g²; the value goes by size · m / (sqrt(v) / correction + eps), as PyTorch computes it. */
export function adamStep(parameter: OptimizedParameter, rates: Rates, { betas, eps }: AdamParams): UpdatedParameter {
  const { value, gradient, slots } = parameter;
  const mean = add(mul(slots.exp_avg, betas[0]), mul(gradient, 1 - betas[0]));
  const square = add(mul(slots.exp_avg_sq, betas[1]), mul(mul(gradient, gradient), 1 - betas[1]));
  const scale = add(div(sqrt(square), rates.correction), eps);
  return {
    value: sub(value, mul(div(mean, scale), rates.size)),
    slots: { exp_avg: mean, exp_avg_sq: square },
  };
}

/**
 * 1 - β^t. The first steps of a β near 1 would lose half of their digits to cancellation in float32, so that the exponential
 * series of t·ln β is summed where it is short.
 */
export function oneMinusPower(beta: number, step: Value): Value {
  if (beta === 0) return constantLike(step, 1);
  const exponent = mul(step, Math.log(beta));
  let series: Value = mul(exponent, 1 / SERIES_TERMS);
  for (let k = SERIES_TERMS - 1; k >= 1; k--) series = mul(mul(add(series, 1), exponent), 1 / k);
  return where(less(exponent, -0.5), sub(1, exp(exponent)), neg(series));
}

/** At |x| < 0.5 the first term left out is below 1e-9. */
const SERIES_TERMS = 9;
