import { z } from "zod";
import type { Head, LabelSummary } from "../contracts/model.ts";
import { add, cast, greater, sigmoid } from "../ops/emit.ts";
import { values } from "../nn/initializers.ts";
import { classCount } from "../nn/labels.ts";
import { linear } from "../nn/linear.ts";
import { hiddenFeatures, hiddenParams } from "./_hidden.ts";
import { labelAbove, posteriorOfCumulative } from "./_posterior.ts";
import { countsAbove, logOdds } from "./_prior.ts";

const params = z.strictObject({
  decode: z.enum(["count", "expected"]).default("count")
    .describe("count: how many ranks are exceeded with probability above 0.5; expected: the sum of the probabilities"),
  bias: z.enum(["prior", "linear"]).default("prior")
    .describe("how the biases start: at the log odds of the training labels, or evenly from 1 down to 1/(K-1)"),
  ...hiddenParams,
});

type Params = z.infer<typeof params>;

export const coral: Head<Params> = {
  name: "coral",
  about: "Consistent rank logits: one shared weight vector and one bias per rank",
  source:
    "Cao, Mirjalili, Raschka: Rank consistent ordinal regression for neural networks, Pattern Recognition Letters 2020",
  params,
  emits: "rank",
  /** Features [N,F] to [N,K-1]; column k asks whether the label is above first + k. */
  build(features, labels, { bias, ...rest }, scope) {
    const inner = hiddenFeatures(features, rest, scope);
    const score = linear(inner, { out: 1, bias: false }, scope.child("coral_weights"));
    const start = values(`coral ${bias}`, BIASES[bias](labels));
    return add(score, scope.parameter("coral_bias", [classCount(labels) - 1], start));
  },
  decode(logits, labels, { decode }) {
    const above = sigmoid(logits);
    const age = decode === "expected" ? above : cast(greater(logits, 0), logits.type);
    return { age: labelAbove(age, labels), posterior: posteriorOfCumulative(above, labels) };
  },
};

const BIASES: Record<Params["bias"], (labels: LabelSummary) => readonly number[]> = {
  prior(labels) {
    const total = labels.counts.reduce((sum, n) => sum + n, 0);
    return countsAbove(labels).map((above) => logOdds(above, total - above));
  },
  /** As coral-pytorch starts them since version 1.1. */
  linear(labels) {
    const ranks = classCount(labels) - 1;
    return Array.from({ length: ranks }, (_, k) => (ranks - k) / ranks);
  },
};
