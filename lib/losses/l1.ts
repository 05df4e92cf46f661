import { z } from "zod";
import type { Loss } from "../contracts/model.ts";
import { abs, squeeze, sub } from "../ops/emit.ts";
import { normalizedTarget } from "../nn/labels.ts";
import { weightedMean } from "./_mean.ts";
import { labelWeights, weighting } from "./_weights.ts";

const params = z.strictObject({ ...weighting });

type Params = z.infer<typeof params>;

export const l1: Loss<Params> = {
  name: "l1",
  about: "Absolute error, in standard deviations of the training labels",
  params,
  accepts: ["value"],
  build(logits, targets, labels) {
    const error = sub(logits, normalizedTarget(targets.value, labels));
    return weightedMean(squeeze(abs(error), [1]), targets.weight);
  },
  weights: labelWeights,
};
