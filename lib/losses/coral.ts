import { z } from "zod";
import { tensor } from "../base/tensor.ts";
import type { LabelSummary, Loss } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { mul, reduceSum } from "../ops/emit.ts";
import { levels } from "../nn/labels.ts";
import { binaryCrossEntropy } from "./_binary.ts";
import { weightedMean } from "./_mean.ts";
import { labelWeights, weighting } from "./_weights.ts";

const params = z.strictObject({
  importance: z.boolean().default(false)
    .describe("weigh each rank by the square root of the larger of its two sides in the training part"),
  ...weighting,
});

type Params = z.infer<typeof params>;

export const coral: Loss<Params> = {
  name: "coral",
  about: "Binary cross-entropy summed over all ranks",
  source:
    "Cao, Mirjalili, Raschka: Rank consistent ordinal regression for neural networks, Pattern Recognition Letters 2020",
  params,
  accepts: ["rank"],
  build(logits, targets, labels, { importance }) {
    const terms = binaryCrossEntropy(logits, levels(targets.value, labels));
    const weighed = importance ? mul(terms, importanceLike(logits, labels)) : terms;
    return weightedMean(reduceSum(weighed, [1]), targets.weight);
  },
  weights: labelWeights,
};

/** The importance of each rank as a constant [K-1]. */
function importanceLike(like: Value, labels: LabelSummary): Value {
  const weights = rankImportance(labels);
  return like.builder.constant(tensor(like.type, [weights.length], weights));
}

/**
 * λ_k = sqrt(M_k) / max sqrt(M), with M_k the larger number of training images above and not above first + k. It runs over
 * the whole range of labels, those without images included.
 */
export function rankImportance({ counts }: LabelSummary): readonly number[] {
  const total = counts.reduce((sum, n) => sum + n, 0);
  let above = total;
  const roots = counts.slice(0, -1).map((n) => {
    above -= n;
    return Math.sqrt(Math.max(above, total - above));
  });
  const largest = Math.max(...roots);
  return roots.map((root) => root / largest);
}
