import { z } from "zod";
import type { Head, LabelSummary } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { add, cast, cumSum, equal, less, neg, reduceMax, reduceSum, softmax, where } from "../ops/emit.ts";
import { classCount, labelAxis } from "../nn/labels.ts";
import { linear } from "../nn/linear.ts";
import { hiddenFeatures, hiddenParams } from "./_hidden.ts";
import { expectedLabel } from "./_posterior.ts";

const params = z.strictObject({
  decode: z.enum(["mean", "median", "argmax"]).default("mean")
    .describe("what of the posterior is predicted: mean suits the squared error, median the absolute one"),
  ...hiddenParams,
});

type Params = z.infer<typeof params>;

export const classification: Head<Params> = {
  name: "classification",
  about: "One class per whole label; the prediction is a figure of the posterior",
  source: "Rothe, Timofte, Van Gool: DEX, Deep EXpectation of apparent age, ICCV Workshops 2015",
  params,
  emits: "class",
  build(features, labels, params, scope) {
    return linear(hiddenFeatures(features, params, scope), { out: classCount(labels) }, scope.child("fc"));
  },
  decode(logits, labels, { decode }) {
    const posterior = softmax(logits);
    return { age: DECODERS[decode](posterior, labels), posterior };
  },
};

const DECODERS: Record<Params["decode"], (posterior: Value, labels: LabelSummary) => Value> = {
  mean: expectedLabel,
  median: medianLabel,
  argmax: likeliestLabel,
};

/** The first label up to which at least half of the mass lies: the Bayes decision for the absolute error. */
function medianLabel(posterior: Value, labels: LabelSummary): Value {
  const below = cast(less(cumSum(posterior, 1), 0.5), posterior.type);
  return add(reduceSum(below, [1]), labels.first);
}

/** The label with the largest probability, the first of them where several have it. */
function likeliestLabel(posterior: Value, labels: LabelSummary): Value {
  const largest = equal(posterior, reduceMax(posterior, [1], true));
  return neg(reduceMax(where(largest, neg(labelAxis(posterior, labels)), -labels.last), [1]));
}
