import { z } from "zod";
import type { Loss } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { add, cast, exp, less, min, mul, neg, reduceMax, reduceSum, sub, where } from "../ops/emit.ts";
import { isLabel, labelAxis } from "../nn/labels.ts";
import { logSoftmax } from "../nn/logits.ts";
import { weightedMean } from "./_mean.ts";
import { labelWeights, weighting } from "./_weights.ts";

const params = z.strictObject({
  lambda_mean: z.number().min(0).max(10).default(0.2).describe("factor of the mean term"),
  lambda_residue: z.number().min(0).max(10).default(0.05).describe("factor of the residue term"),
  ...weighting,
});

type Params = z.infer<typeof params>;

export const amr: Loss<Params> = {
  name: "amr",
  about: "Adaptive mean-residue: cross-entropy, squared error of the mean, and entropy of the unlikely labels",
  source: "Zhao et al.: Adaptive Mean-Residue Loss for Robust Facial Age Estimation, ICME 2022",
  params,
  accepts: ["class"],
  build(logits, targets, labels, { lambda_mean, lambda_residue }) {
    const logPosterior = logSoftmax(logits);
    const posterior = exp(logPosterior);
    const isTrue = isLabel(targets.value, labels);
    const crossEntropy = neg(reduceSum(mul(cast(isTrue, logits.type), logPosterior), [1]));
    const error = sub(reduceSum(mul(posterior, labelAxis(posterior, labels)), [1]), targets.value);
    const residue = neg(reduceSum(mul(mul(isTail(logits, isTrue), posterior), logPosterior), [1]));
    const mean = mul(mul(error, error), 0.5 * lambda_mean);
    const perSample = add(crossEntropy, add(mean, mul(residue, lambda_residue)));
    return weightedMean(perSample, targets.weight);
  },
  weights: labelWeights,
};

/**
 * 1 where a label is not among the K likeliest, K = max(2, rank of the true label): [N,K]. The K-th likeliest logit is that of
 * the true label or, where that one is the largest, the largest of the others.
 */
function isTail(logits: Value, isTrue: Value): Value {
  const own = reduceMax(where(isTrue, logits, LOWEST), [1], true);
  const others = reduceMax(where(isTrue, LOWEST, logits), [1], true);
  return cast(less(logits, min(own, others)), logits.type);
}

/** Below every logit, and a float32. */
const LOWEST = -1e30;
