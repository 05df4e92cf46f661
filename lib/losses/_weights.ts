/** Weights of training samples against unequal numbers per label; every loss takes the same parameters. */
import { z } from "zod";
import type { LabelSummary } from "../contracts/model.ts";

/** To be spread into the parameters of a loss. */
export const weighting = {
  weights: z.enum(["none", "inverse", "effective", "density"]).default("none")
    .describe("how samples are weighed by the number n of training images with their label"),
  beta: z.number().min(0).lt(1).default(0.999)
    .describe("effective: the weight is (1 - beta) / (1 - beta^n)"),
  bandwidth: z.number().min(0.1).max(20).default(2)
    .describe("density: n is first smoothed along the labels by a Gaussian of this standard deviation"),
};

export interface Weighting {
  readonly weights: "none" | "inverse" | "effective" | "density";
  readonly beta: number;
  readonly bandwidth: number;
}

/**
 * The weight of each label first … last, scaled so that its mean over the training images is 1; undefined where nothing is
 * weighed. inverse: 1/n. effective: number of effective samples (Cui et al., CVPR 2019). density: 1 over the smoothed n
 * (Yang et al., Delving into deep imbalanced regression, ICML 2021). Labels without images count as having one.
 */
export function labelWeights(labels: LabelSummary, params: Weighting): Float64Array | undefined {
  if (params.weights === "none") return undefined;
  const raw = Float64Array.from(SCHEMES[params.weights](labels.counts, params));
  const images = labels.counts.reduce((sum, n) => sum + n, 0);
  const total = labels.counts.reduce((sum, n, i) => sum + n * raw[i], 0);
  return raw.map((weight) => weight * images / total);
}

type Scheme = (counts: readonly number[], params: Weighting) => readonly number[];

const SCHEMES: Record<Exclude<Weighting["weights"], "none">, Scheme> = {
  inverse: (counts) => counts.map((n) => 1 / Math.max(n, 1)),
  effective: (counts, { beta }) => counts.map((n) => (1 - beta) / (1 - beta ** Math.max(n, 1))),
  density: (counts, { bandwidth }) => smoothed(counts.map((n) => Math.max(n, 1)), bandwidth).map((n) => 1 / n),
};

/** Gaussian means of neighbouring counts; at both ends over the labels that there are. */
function smoothed(counts: readonly number[], bandwidth: number): readonly number[] {
  return counts.map((_, at) => {
    const kernel = counts.map((_, i) => Math.exp(-0.5 * ((i - at) / bandwidth) ** 2));
    const mass = kernel.reduce((sum, k) => sum + k, 0);
    return counts.reduce((sum, n, i) => sum + n * kernel[i], 0) / mass;
  });
}
