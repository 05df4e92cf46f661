import { z } from "zod";
import type { Loss } from "../contracts/model.ts";
import { clip, mul, squeeze, sub } from "../ops/emit.ts";
import { normalizedTarget } from "../nn/labels.ts";
import { weightedMean } from "./_mean.ts";
import { labelWeights, weighting } from "./_weights.ts";

const params = z.strictObject({
  delta: z.number().positive().max(100).default(1)
    .describe("error in standard deviations of the training labels from which the loss grows linearly"),
  ...weighting,
});

type Params = z.infer<typeof params>;

export const huber: Loss<Params> = {
  name: "huber",
  about: "Squared near 0 and absolute beyond delta, in standard deviations of the training labels",
  source: "Huber: Robust estimation of a location parameter, Annals of Mathematical Statistics 1964",
  params,
  accepts: ["value"],
  /** With c the error e clipped to ±delta, both branches are c·(e - c/2): e²/2 inside, delta·(|e| - delta/2) outside. */
  build(logits, targets, labels, { delta }) {
    const error = squeeze(sub(logits, normalizedTarget(targets.value, labels)), [1]);
    const clipped = clip(error, -delta, delta);
    return weightedMean(mul(clipped, sub(error, mul(clipped, 0.5))), targets.weight);
  },
  weights: labelWeights,
};
