import { z } from "zod";
import type { Head, LabelSummary } from "../contracts/model.ts";
import { cast, cumSum, exp, greater } from "../ops/emit.ts";
import { values } from "../nn/initializers.ts";
import { classCount } from "../nn/labels.ts";
import { linear } from "../nn/linear.ts";
import { logSigmoid } from "../nn/logits.ts";
import { hiddenFeatures, hiddenParams } from "./_hidden.ts";
import { labelAbove, posteriorOfCumulative } from "./_posterior.ts";
import { countsAbove, logOdds } from "./_prior.ts";

const params = z.strictObject({
  decode: z.enum(["count", "expected"]).default("count")
    .describe("count: how many ranks are exceeded with probability above 0.5; expected: the sum of the probabilities"),
  bias: z.enum(["prior", "zero"]).default("prior")
    .describe("how the biases start: at the conditional log odds of the training labels, or at 0"),
  ...hiddenParams,
});

type Params = z.infer<typeof params>;

export const corn: Head<Params> = {
  name: "corn",
  about: "Conditional rank probabilities: is the label above this rank, given that it is above the one before?",
  source:
    "Shi, Cao, Raschka: Deep neural networks for rank-consistent ordinal regression based on conditional probabilities, 2021",
  params,
  emits: "conditional_rank",
  /** Features [N,F] to [N,K-1]; column k: log odds of "above first + k" among labels above first + k - 1. */
  build(features, labels, { bias, ...rest }, scope) {
    const start = values(`corn ${bias}`, BIASES[bias](labels));
    const inner = hiddenFeatures(features, rest, scope);
    return linear(inner, { out: classCount(labels) - 1, bias: start }, scope.child("fc"));
  },
  /** P(label > first + k) is the product of the conditional probabilities up to k, taken as a sum of logarithms. */
  decode(logits, labels, { decode }) {
    const above = exp(cumSum(logSigmoid(logits), 1));
    const age = decode === "expected" ? above : cast(greater(above, 0.5), above.type);
    return { age: labelAbove(age, labels), posterior: posteriorOfCumulative(above, labels) };
  },
};

const BIASES: Record<Params["bias"], (labels: LabelSummary) => readonly number[]> = {
  prior: (labels) => countsAbove(labels).map((above, k) => logOdds(above, labels.counts[k])),
  zero: (labels) => countsAbove(labels).map(() => 0),
};
