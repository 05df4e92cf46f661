import { z } from "zod";
import type { Metric } from "../contracts/data.ts";
import { errorOf, mean } from "./_mean.ts";

/** Root of the mean squared error. */
export const rmse: Metric<Record<string, never>> = {
  name: "rmse",
  about: "Root mean squared error in years.",
  params: z.strictObject({}),
  better: "lower",
  unit: "years",
  measure: (predictions) => Math.sqrt(mean(predictions, (prediction) => errorOf(prediction) ** 2)),
};
