import { z } from "zod";
import type { Schedule } from "../../contracts/optimizer.ts";
import { alongCosine } from "./_warmup.ts";

const params = z.strictObject({
  warmup: z.number().min(0).max(0.9).default(0.15).describe("share of all steps over which the rate grows to its peak"),
  start: z.number().positive().max(1).default(0.04).describe("share of the peak rate in the first step"),
  final: z.number().min(0).max(1).default(0.000004).describe("share of the peak rate in the last step"),
});

type Params = z.infer<typeof params>;

export const oneCycle: Schedule<Params> = {
  name: "one_cycle",
  about: "The rate grows to its peak and falls to almost nothing, both along half a cosine wave",
  source: "Smith, Topin: Super-convergence, very fast training of neural networks using large learning rates, 2019",
  params,
  /** As PyTorch's OneCycleLR: the peak is at step `warmup · total - 1`, which need not be whole. */
  rate(step, { total }, lr, { warmup, start, final }) {
    const peak = Math.max(0, warmup * total - 1);
    if (step < peak) return alongCosine(lr * start, lr, step / peak);
    const share = total - 1 > peak ? (step - peak) / (total - 1 - peak) : 0;
    return alongCosine(lr, lr * final, share);
  },
};
