import { z } from "zod";
import type { Loss } from "../contracts/model.ts";
import { mul, squeeze, sub } from "../ops/emit.ts";
import { normalizedTarget } from "../nn/labels.ts";
import { weightedMean } from "./_mean.ts";
import { labelWeights, weighting } from "./_weights.ts";

const params = z.strictObject({ ...weighting });

type Params = z.infer<typeof params>;

export const mse: Loss<Params> = {
  name: "mse",
  about: "Squared error, in variances of the training labels",
  params,
  accepts: ["value"],
  build(logits, targets, labels) {
    const error = squeeze(sub(logits, normalizedTarget(targets.value, labels)), [1]);
    return weightedMean(mul(error, error), targets.weight);
  },
  weights: labelWeights,
};
