import { z } from "zod";
import type { Metric } from "../contracts/data.ts";
import { errorOf, mean } from "./_mean.ts";

/** Mean absolute error. */
export const mae: Metric<Record<string, never>> = {
  name: "mae",
  about: "Mean absolute error in years.",
  params: z.strictObject({}),
  better: "lower",
  unit: "years",
  measure: (predictions) => mean(predictions, (prediction) => Math.abs(errorOf(prediction))),
};
