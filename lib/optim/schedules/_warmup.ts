import { z } from "zod";

export const warmupParam = z.number().min(0).max(0.9).default(0)
  .describe("share of all steps over which the rate first grows linearly");

/** Steps that the warm-up takes. */
export function warmupSteps(total: number, warmup: number): number {
  return Math.round(total * warmup);
}

/** 1/W, 2/W … 1 over the W steps of the warm-up, then 1. */
export function warmupFactor(step: number, total: number, warmup: number): number {
  const steps = warmupSteps(total, warmup);
  return step < steps ? (step + 1) / steps : 1;
}

/** From `start` (share 0) to `end` (share 1) along half a cosine wave. */
export function alongCosine(start: number, end: number, share: number): number {
  return end + (start - end) * (1 + Math.cos(Math.PI * share)) / 2;
}
