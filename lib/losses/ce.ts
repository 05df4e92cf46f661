import { z } from "zod";
import type { LabelSummary, Loss } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { add, mul, neg, reduceSum, softmax, sub, unsqueeze } from "../ops/emit.ts";
import { classCount, labelAxis, oneHot } from "../nn/labels.ts";
import { logSoftmax } from "../nn/logits.ts";
import { weightedMean } from "./_mean.ts";
import { labelWeights, weighting } from "./_weights.ts";

const params = z.strictObject({
  smoothing: z.number().min(0).lt(1).default(0)
    .describe("share of the target that is spread evenly over all labels"),
  sigma: z.number().min(0).max(20).default(0)
    .describe("standard deviation, in labels, of a Gaussian around the true label as target; 0 puts all on the label"),
  ...weighting,
});

type Params = z.infer<typeof params>;

export const ce: Loss<Params> = {
  name: "ce",
  about: "Cross-entropy between the posterior and the label, smoothed if wanted",
  source: "Gaussian targets: Gao et al., Deep Label Distribution Learning with Label Ambiguity, IEEE TIP 2017",
  params,
  accepts: ["class"],
  build(logits, targets, labels, { smoothing, sigma }) {
    const sharp = sigma > 0 ? gaussian(targets.value, labels, sigma) : oneHot(targets.value, labels);
    const target = smoothing > 0 ? add(mul(sharp, 1 - smoothing), smoothing / classCount(labels)) : sharp;
    const perSample = neg(reduceSum(mul(target, logSoftmax(logits)), [1]));
    return weightedMean(perSample, targets.weight);
  },
  weights: labelWeights,
};

/** A Gaussian around each target over the whole labels, rows [N,K] that sum to 1. */
function gaussian(target: Value, labels: LabelSummary, sigma: number): Value {
  const distance = sub(labelAxis(target, labels), unsqueeze(target, [1]));
  return softmax(mul(mul(distance, distance), -0.5 / sigma ** 2));
}
