import { z } from "zod";
import type { Loss } from "../contracts/model.ts";
import { cast, greaterOrEqual, mul, reduceSum, unsqueeze } from "../ops/emit.ts";
import { levels, rankAxis } from "../nn/labels.ts";
import { binaryCrossEntropy } from "./_binary.ts";
import { weightedMean } from "./_mean.ts";
import { labelWeights, weighting } from "./_weights.ts";

const params = z.strictObject({ ...weighting });

type Params = z.infer<typeof params>;

export const corn: Loss<Params> = {
  name: "corn",
  about: "Binary cross-entropy of each rank over the samples that reach it, per pair of sample and rank",
  source:
    "Shi, Cao, Raschka: Deep neural networks for rank-consistent ordinal regression based on conditional probabilities, 2021",
  params,
  accepts: ["conditional_rank"],
  /** Rank k is learnt from the samples whose label is at least first + k, that is above the rank before. */
  build(logits, targets, labels) {
    const terms = binaryCrossEntropy(logits, levels(targets.value, labels));
    const reached = cast(greaterOrEqual(unsqueeze(targets.value, [1]), rankAxis(logits, labels)), logits.type);
    return weightedMean(reduceSum(mul(reached, terms), [1]), targets.weight, reduceSum(reached, [1]));
  },
  weights: labelWeights,
  terms: (target, { first, last }) => Math.min(Math.max(Math.floor(target - first) + 1, 0), last - first),
};
