import { z } from "zod";
import type { Schedule } from "../../contracts/optimizer.ts";
import { alongCosine, warmupFactor, warmupParam, warmupSteps } from "./_warmup.ts";

const params = z.strictObject({
  final: z.number().min(0).max(1).default(0).describe("share of the rate that is left at the end"),
  warmup: warmupParam,
});

type Params = z.infer<typeof params>;

export const cosine: Schedule<Params> = {
  name: "cosine",
  about: "The rate falls along half a cosine wave",
  source: "Loshchilov, Hutter: SGDR, stochastic gradient descent with warm restarts, ICLR 2017",
  params,
  rate(step, { total }, lr, { final, warmup }) {
    const first = warmupSteps(total, warmup);
    if (step < first) return lr * warmupFactor(step, total, warmup);
    return alongCosine(lr, lr * final, (step - first) / (total - first));
  },
};
