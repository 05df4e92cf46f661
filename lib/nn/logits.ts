/** Functions of logits in forms that stay finite in float32 and run on every provider without falling back. */
import type { Value } from "../contracts/op.ts";
import { exp, log, neg, reduceMax, reduceSum, softplus, sub } from "../ops/emit.ts";

/** log softmax over the last axis of [N,K]: z - max - log Σ exp(z - max). */
export function logSoftmax(logits: Value): Value {
  const shifted = sub(logits, reduceMax(logits, [1], true));
  return sub(shifted, log(reduceSum(exp(shifted), [1], true)));
}

/** log σ(z) = -softplus(-z). */
export function logSigmoid(logits: Value): Value {
  return neg(softplus(neg(logits)));
}
