import { z } from "zod";
import type { Metric } from "../contracts/data.ts";
import { errorOf, mean } from "./_mean.ts";

/** Five years, and what rounding may add to an error of exactly five: predictions are kept to four decimals. */
const LIMIT = 5 + 1e-6;

/** Cumulative score at 5 years: the share of images whose error is at most five years, 0 to 1. */
export const cs5: Metric<Record<string, never>> = {
  name: "cs5",
  about: "Share of images with an absolute error of at most 5 years.",
  source: "Geng, Zhou, Smith-Miles: Automatic Age Estimation Based on Facial Aging Patterns, TPAMI 2007",
  params: z.strictObject({}),
  better: "higher",
  unit: "share",
  measure: (predictions) => mean(predictions, (prediction) => (Math.abs(errorOf(prediction)) <= LIMIT ? 1 : 0)),
};
