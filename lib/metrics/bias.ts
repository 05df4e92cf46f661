import { z } from "zod";
import type { Metric } from "../contracts/data.ts";
import { errorOf, mean } from "./_mean.ts";

/** Mean signed error: positive where ages are overestimated. Of two models, the one nearer to 0 is better. */
export const bias: Metric<Record<string, never>> = {
  name: "bias",
  about: "Mean of predicted minus true age in years.",
  params: z.strictObject({}),
  better: "lower",
  unit: "years",
  measure: (predictions) => mean(predictions, errorOf),
};
