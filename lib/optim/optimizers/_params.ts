import { z } from "zod";

/** The peak learning rate, which the schedule scales from step to step. */
export function learningRate(standard: number) {
  return z.number().positive().max(10).default(standard).describe(
    "peak learning rate; the schedule gives that of each step",
  );
}

/** To be spread into the parameters of an optimizer; `standard` is the default weight decay. */
export function weightDecay(standard: number) {
  return {
    weight_decay: z.number().min(0).max(1).default(standard).describe("factor of the weight decay"),
    decay: z.enum(["weights", "all"]).default("weights")
      .describe("what decays: weights leaves out biases and the scales of normalisations"),
  };
}

/** Whether and how strongly a parameter decays. */
export function decayOf(
  parameter: { readonly decay: boolean },
  params: { readonly weight_decay: number; readonly decay: "weights" | "all" },
): number {
  return parameter.decay || params.decay === "all" ? params.weight_decay : 0;
}
